# The faults.

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
    udp-conntrack-kept-*) keep_flows ;;
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
    udp-conntrack-kept)
        command -v conntrack >/dev/null && [ -n "$2" ] || say "no conntrack, or no kube-proxy's rules"
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
    [ "$(wanted fault)" != udp-conntrack-kept ] || release_flows
    mv "$on" "$here/was.$$" # at once: nobody finds half of it
    rm -rf "$here/was.$$"
} 2>>"$on/errors"
