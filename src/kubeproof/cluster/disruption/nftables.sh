# Rules of kube-proxy in nftables.

elements() { # of a map, one a line
    nft list map ip kube-proxy "$1" | tr -d '\n\t' | sed -E 's/.*elements = \{//; s/\}.*//' |
        tr ',' '\n' | sed 's/^ *//; s/ *$//' | grep -F -- "$(wanted namespaces)"
}

take_elements_out() { # of a map: what leads to the Services
    elements "$1" >"$on/elements" || return 0
    while read -r element; do
        grep -qxF -- "$element" "$on/undo/map-$1" 2>/dev/null || say "$element" >>"$on/undo/map-$1"
        key=${element%% : *}
        say "delete element ip kube-proxy $1 { ${key%% comment *} }"
    done <"$on/elements" | nft -f -
}

put_elements_back() {
    for saved in "$on"/undo/map-*; do
        [ -e "$saved" ] && while read -r element; do
            say "add element ip kube-proxy ${saved##*/map-} { $element }" | nft -f - # as above
        done <"$saved"
    done
}

chain_of() { # one chain out of a listing of the table
    sed -n "\\|^	chain $1 {|,\\|^	}|p"
}

load_chain() {
    { say "flush chain ip kube-proxy $1" && say "table ip kube-proxy {" && cat && say "}"; } | nft -f -
}

edit_nft_chains() {
    nft -s list table ip kube-proxy >"$on/all"
    sed -nE "s/^	chain ((service|local|external)-[^ ]*) \{/\1/p" "$on/all" |
        grep -F -- "-$(wanted namespaces)" | while read -r chain; do
        chain_of "$chain" <"$on/all" >"$on/was"
        sed -E "$1" "$on/was" >"$on/is"
        cmp -s "$on/was" "$on/is" && continue
        saved=$(say "$chain" | tr / _)
        say "$chain" >"$on/undo/chain-$saved"
        cp "$on/was" "$on/undo/was-$saved"
        load_chain "$chain" <"$on/is"
        # nft words some rules in its own way: what it lists now is what has to be found again.
        nft -s list table ip kube-proxy | chain_of "$chain" >"$on/undo/is-$saved"
    done
}

put_nft_chains_back() {
    for named in "$on"/undo/chain-*; do
        [ -e "$named" ] && chain=$(cat "$named") && saved=${named##*/chain-} || continue
        nft -s list table ip kube-proxy | chain_of "$chain" | cmp -s - "$on/undo/is-$saved" || continue
        load_chain "$chain" <"$on/undo/was-$saved"
    done
}

rules_of_services() {
    case $(wanted mode) in
    nftables) nft -s list table ip kube-proxy ;;
    *) iptables-save ;;
    esac | grep -F -- "$(wanted namespaces)"
}

await_rules() { # until they are there and kube-proxy has not touched them for eight pauses
    same=0 before=''
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        rules=$(rules_of_services)
        [ -n "$rules" ] && [ "$rules" = "$before" ] && same=$((same + 1)) || same=0
        [ "$same" -lt 8 ] || return 0
        before=$rules
        pause
    done
    return 1
}

proxy_mode() {
    if nft list table ip kube-proxy >/dev/null 2>&1; then
        say nftables
    elif iptables-save -t nat 2>/dev/null | grep -q '^:KUBE-SERVICES '; then
        say iptables
    fi
}
