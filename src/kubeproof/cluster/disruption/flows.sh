# UDP flows.

addresses_of_services() { # their ClusterIPs with UDP ports
    rules_of_services | sed -nE 's#^-A KUBE-SERVICES -d ([0-9.]+)/32 -p udp .*#\1#p
        s#.*[^0-9.]([0-9.]+) \. udp \. [0-9]+ : goto .*#\1#p' | sort -u
}

flows_to() { # source, its port, address, port, the Pod that was chosen, its port
    conntrack -L -p udp -d "$1" 2>/dev/null |
        sed -nE 's/.* src=([^ ]+) dst=([^ ]+) sport=([0-9]+) dport=([0-9]+) .*src=([^ ]+) dst=[^ ]+ sport=([0-9]+) .*/\1 \3 \2 \4 \5 \6/p'
}

keep_flow() { # to the Pod that was chosen first, whatever becomes of that Pod
    saved=$on/undo/flow-$1-$2-$3-$4
    [ ! -e "$saved" ] && [ "$3" != "$5" ] || return 0
    lead_"$(wanted mode)" "$@" && say "$*" >"$saved"
}

lead_nftables() { # a flow, to a Pod
    for hook in prerouting output; do
        say "add table ip kubeproof-kept"
        say "add chain ip kubeproof-kept $hook { type nat hook $hook priority -110; }"
        say "add rule ip kubeproof-kept $hook ip saddr $1 udp sport $2 ip daddr $3 udp dport $4 dnat to $5:$6"
    done | nft -f -
}

lead_iptables() {
    if iptables -w 5 -t nat -N KUBEPROOF-KEPT 2>/dev/null; then
        iptables -w 5 -t nat -I PREROUTING -j KUBEPROOF-KEPT
        iptables -w 5 -t nat -I OUTPUT -j KUBEPROOF-KEPT
    fi
    iptables -w 5 -t nat -A KUBEPROOF-KEPT -s "$1" -d "$3" -p udp --sport "$2" --dport "$4" \
        -j DNAT --to-destination "$5:$6"
}

keep_flows() { # the way they go: as if the node's entries for them were never cleared
    for address in $(addresses_of_services); do
        flows_to "$address" | while read -r flow; do
            # shellcheck disable=SC2086 # six words
            keep_flow $flow
        done
    done
}

release_flows() {
    nft delete table ip kubeproof-kept 2>/dev/null
    for hook in PREROUTING OUTPUT; do
        iptables -w 5 -t nat -D "$hook" -j KUBEPROOF-KEPT 2>/dev/null
    done
    iptables -w 5 -t nat -F KUBEPROOF-KEPT 2>/dev/null
    iptables -w 5 -t nat -X KUBEPROOF-KEPT 2>/dev/null
    for saved in "$on"/undo/flow-*; do
        [ -e "$saved" ] && read -r source port address theirs _ <"$saved" || continue
        conntrack -D -p udp -s "$source" --sport "$port" -d "$address" --dport "$theirs"
    done >/dev/null
}
