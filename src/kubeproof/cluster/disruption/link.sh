# A link.

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
