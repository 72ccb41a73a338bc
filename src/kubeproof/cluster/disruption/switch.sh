# Breaks the node it runs on in one way, and mends it: when told to, when ended, and when nobody has
# renewed the lease in time, so that no fault outlives whoever switched it on.
#
#   sh switch break FAULT SECONDS NAMESPACES PEERS   until the lease of so many seconds runs out
#   sh switch strike                                 change the rules, now that they are there
#   sh switch renew                                  a new lease, as long as the first
#   sh switch mend                                   now, whoever broke it
#   sh switch guard                                  wait to be ended, and mend then
#
# NAMESPACES is how the names of the namespaces begin whose Services it touches, PEERS are the
# addresses of the other nodes and of their Pods. What it takes to mend stands in the folder "on"
# beside it: another process can do it, if this one is killed.
#
# A fault in kube-proxy's rules can act only once kube-proxy has written them. It strikes when they
# have been the same for a while; kube-proxy is halted before, as it puts right what it finds wrong.
# Where it is no process of its own, the fault is done again whenever it was put right.
#
# Exit codes: 0 done, 3 another fault is on, 4 it cannot be done on this node, 5 no fault is on,
# 6 nothing was found to act upon (the text says why).
set -u
umask 077
here=$(cd "$(dirname "$0")" && pwd)
on=$here/on

say() {
    printf '%s\n' "$*"
}

pause() {
    sleep "${PAUSE:-0.2}" 2>/dev/null || sleep 1
}

uptime_seconds() { # a clock that nobody sets
    read -r seconds _ </proc/uptime
    say "${seconds%%.*}"
}

held() { # whether the process that holds the fault is alive: no zombie, and none that came after
    [ -s "$on/holder" ] && tr '\0' ' ' <"/proc/$(cat "$on/holder")/cmdline" | grep -q "/switch "
} 2>/dev/null

wanted() { # one of the words the fault was switched on with
    cat "$on/$1"
}

# --- processes ------------------------------------------------------------------------------------

processes() { # their ids, by the name of the command
    for folder in /proc/[0-9]*; do
        { read -r name <"$folder/comm"; } 2>/dev/null && [ "$name" = "$1" ] && say "${folder#/proc/}"
    done
    return 0
}

stop_processes() {
    for id in $(processes "$1"); do
        grep -qx "$id" "$on/undo/stopped" 2>/dev/null || say "$id" >>"$on/undo/stopped"
        kill -STOP "$id"
    done
}

continue_processes() {
    [ ! -e "$on/undo/stopped" ] || while read -r id; do
        kill -CONT "$id" 2>/dev/null
    done <"$on/undo/stopped"
}

# --- rules of kube-proxy in iptables --------------------------------------------------------------

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

# --- rules of kube-proxy in nftables --------------------------------------------------------------

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

# --- a link ---------------------------------------------------------------------------------------

cut_with_iptables() {
    iptables -w 5 -t mangle -N KUBEPROOF-CUT 2>/dev/null || return 0 # it is cut
    printf '' >"$on/undo/cut"
    for peer in $(wanted peers); do
        iptables -w 5 -t mangle -A KUBEPROOF-CUT -s "$peer" -j DROP
        iptables -w 5 -t mangle -A KUBEPROOF-CUT -d "$peer" -j DROP
    done
    for hook in INPUT FORWARD OUTPUT; do
        iptables -w 5 -t mangle -I "$hook" -j KUBEPROOF-CUT
    done
}

cut_with_nft() {
    nft list table ip kubeproof-cut >/dev/null 2>&1 && return 0
    printf '' >"$on/undo/cut"
    peers=$(wanted peers | sed 's/ /, /g')
    for hook in input forward output; do
        say "table ip kubeproof-cut { chain $hook { type filter hook $hook priority -150;"
        say "ip saddr { $peers } drop; ip daddr { $peers } drop; }; }"
    done | nft -f -
}

join_link() {
    [ -e "$on/undo/cut" ] || return 0
    nft delete table ip kubeproof-cut 2>/dev/null
    for hook in INPUT FORWARD OUTPUT; do
        iptables -w 5 -t mangle -D "$hook" -j KUBEPROOF-CUT 2>/dev/null
    done
    iptables -w 5 -t mangle -F KUBEPROOF-CUT 2>/dev/null
    iptables -w 5 -t mangle -X KUBEPROOF-CUT 2>/dev/null
}

# --- the faults -----------------------------------------------------------------------------------

in_rules() { # whether a fault acts upon the rules of kube-proxy
    case $(wanted fault) in
    *-rule-removed | masquerade-removed | endpoint-pinned | local-policy-rewired) return 0 ;;
    esac
    return 1
}

apply() {
    case $(wanted fault)-$(wanted mode) in
    kube-proxy-stopped-*) stop_processes kube-proxy ;;
    dns-stopped-*) stop_processes coredns ;;
    cluster-ip-rule-removed-iptables) take_rules_out nat KUBE-SERVICES ;;
    cluster-ip-rule-removed-nftables) take_elements_out service-ips ;;
    node-port-rule-removed-iptables) take_rules_out nat KUBE-NODEPORTS ;;
    node-port-rule-removed-nftables) take_elements_out service-nodeports ;;
    masquerade-removed-iptables) edit_chains '/^-A KUBE-EXT-.* -j KUBE-MARK-MASQ$/d' ;;
    masquerade-removed-nftables) edit_nft_chains '/comment "masquerade"$/d' ;;
    endpoint-pinned-iptables) edit_chains '/ -m statistic /d' ;;
    endpoint-pinned-nftables)
        edit_nft_chains 's/numgen random mod [0-9]+ (v?map) \{ (0 : [^,}]*),[^}]*\}/numgen random mod 1 \1 { \2 }/'
        ;;
    local-policy-rewired-iptables)
        edit_chains '/^-A KUBE-EXT-/s/ -m addrtype --src-type LOCAL//'
        take_rules_out filter 'KUBE-EXTERNAL-SERVICES .* -j DROP'
        ;;
    local-policy-rewired-nftables)
        edit_nft_chains 's/^(.*)fib saddr type local (meta mark|goto)/\1\2/'
        take_elements_out no-endpoint-nodeports
        ;;
    node-link-cut-iptables) cut_with_iptables ;;
    node-link-cut-nftables) cut_with_nft ;;
    esac
} 2>>"$on/errors"

impossible() { # why a fault cannot be done here; nothing if it can
    case $1 in
    kube-proxy-stopped)
        [ -n "$(processes kube-proxy)" ] && return
        [ -n "$(processes k3s)$(processes k3s-server)$(processes k3s-agent)" ] &&
            say "kube-proxy is a part of the k3s process" || say "no process kube-proxy"
        ;;
    dns-stopped) [ -n "$(processes coredns)" ] || say "no process coredns" ;;
    node-link-cut | *-removed | endpoint-pinned | local-policy-rewired)
        [ -n "$2" ] || say "no rules of kube-proxy, or neither nft nor iptables-save to see them"
        ;;
    *) say "unknown fault" ;;
    esac
}

undo() {
    say $$ >"$on/holder" # who comes by meanwhile waits for this process
    continue_processes
    put_rules_back nat
    put_rules_back filter
    put_chains_back
    put_elements_back
    put_nft_chains_back
    join_link
    mv "$on" "$here/was.$$" # at once: nobody finds half of it
    rm -rf "$here/was.$$"
} 2>>"$on/errors"

# --- orders ---------------------------------------------------------------------------------------

begin() {
    if held; then
        say "another fault is on here: $(wanted fault)"
        exit 3
    fi
    [ ! -d "$on" ] || undo # whoever held it was killed
    mode=$(proxy_mode)
    why=$(impossible "$1" "$mode")
    if [ -n "$why" ]; then
        say "$why"
        exit 4
    fi
    mkdir -p "$on/undo"
    say "$1" >"$on/fault"
    say "$2" >"$on/seconds"
    say "$3" >"$on/namespaces"
    say "$4" >"$on/peers"
    say "$mode" >"$on/mode"
    say first >"$on/lease"
    setsid sh "$here/switch" hold </dev/null >/dev/null 2>&1 &
    until [ -e "$on/ready" ]; do pause; done
    say "on"
}

hold() {
    say $$ >"$on/holder"
    trap 'exit 0' TERM INT HUP
    trap undo EXIT
    seen='' until=0
    while [ ! -e "$on/mend" ]; do
        lease=$(wanted lease)
        now=$(uptime_seconds)
        [ "$lease" = "$seen" ] || until=$((now + $(wanted seconds)))
        seen=$lease
        [ "$now" -lt "$until" ] || break
        in_rules && [ ! -e "$on/struck" ] || apply
        printf '' >"$on/ready"
        pause
    done
}

strike() {
    in_rules || exit 0
    renew
    if ! await_rules; then
        say "there are no rules of $(wanted namespaces) to act upon, or they do not settle"
        exit 6
    fi
    stop_processes kube-proxy
    apply
    printf '' >"$on/struck"
    if ! ls "$on/undo" | grep -q -e '^rules-' -e '^was-' -e '^map-'; then
        say "no rule of $(wanted namespaces) is of the kind it acts upon"
        exit 6
    fi
    renew
}

renew() {
    held || exit 5
    say "$(uptime_seconds) $$" >"$on/next" && mv "$on/next" "$on/lease"
}

mend() {
    while held; do
        printf '' >"$on/mend" # ":" would end this shell where the folder has just gone
        pause
    done 2>/dev/null
    [ ! -d "$on" ] || undo
    say "mended"
}

guard() {
    trap 'mend; exit 0' TERM INT
    while :; do
        sleep 1 &
        wait $!
        [ ! -d "$on" ] || [ ! -s "$on/holder" ] || held || mend
    done
}

order=$1
shift
case $order in
break) begin "$@" ;;
hold | strike | renew | mend | guard) "$order" ;;
*) exit 2 ;;
esac
