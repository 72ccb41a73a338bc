# Rules of kube-proxy in iptables.

restore() { # lines for one table, all or none of them
    { say "*$1" && cat && say COMMIT; } | iptables-restore -w 5 --noflush
}

take_rules_out() { # of a table, from chains that all Services share
    iptables-save -t "$1" | grep -E -- "^-A ($2)" | grep -F -- "$(wanted namespaces)" >"$on/rules"
    [ -s "$on/rules" ] || return 0
    while read -r rule; do
        grep -qxF -- "$rule" "$on/undo/rules-$1" 2>/dev/null || say "$rule" >>"$on/undo/rules-$1"
    done <"$on/rules"
    sed 's/^-A /-D /' "$on/rules" | restore "$1"
}

put_rules_back() {
    [ ! -e "$on/undo/rules-$1" ] || while read -r rule; do
        iptables-save -t "$1" | grep -qxF -- "$rule" && continue
        say "$rule" | sed 's/^-A /-I /' | restore "$1" # fails if the Service is gone by now
    done <"$on/undo/rules-$1"
}

rules_of() {
    iptables-save -t nat | grep -F -- "-A $1 "
}

edit_chains() { # with sed, in the Services' own chains
    iptables-save -t nat | grep -E '^-A KUBE-(SVC|SVL|EXT)-' >"$on/all"
    grep -F -- "$(wanted namespaces)" "$on/all" | cut -d' ' -f2 | sort -u | while read -r chain; do
        grep -F -- "-A $chain " "$on/all" >"$on/was"
        sed -E "$1" "$on/was" >"$on/is"
        cmp -s "$on/was" "$on/is" && continue
        cp "$on/was" "$on/undo/was-$chain"
        cp "$on/is" "$on/undo/is-$chain"
        { say ":$chain - [0:0]" && cat "$on/is"; } | restore nat
    done
}

put_chains_back() { # but those that kube-proxy has written anew
    for edited in "$on"/undo/is-KUBE-*; do
        chain=${edited##*/is-}
        [ -e "$edited" ] && rules_of "$chain" | cmp -s - "$edited" || continue
        { say ":$chain - [0:0]" && cat "$on/undo/was-$chain"; } | restore nat
    done
}
