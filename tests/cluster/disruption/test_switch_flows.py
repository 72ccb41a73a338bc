"""The switch on a node's UDP flows: they stay with the Pod they had, and are free again after."""

from pathlib import Path

import pytest

from tests.cluster.disruption.node import on_node

NFTABLES = """
lead_to() { nft -f - <<END
table ip kube-proxy
delete table ip kube-proxy
table ip kube-proxy {
    chain service-A-kubeproof-run-01/svc-1/udp/ { meta l4proto udp dnat to $1:9; }
    map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
    chain out {
        type nat hook output priority -100
        ip daddr . meta l4proto . th dport vmap @service-ips
    }
}
add element ip kube-proxy service-ips { \\
    10.2.0.1 . udp . 90 : goto service-A-kubeproof-run-01/svc-1/udp/ }
END
}
"""
IPTABLES = """
OWN='kubeproof-run-01/svc-1 cluster IP' LEAD='-j DNAT --to-destination'
lead_to() { iptables-restore --noflush <<END
*nat
:KUBE-SERVICES - [0:0]
-A OUTPUT -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.2.0.1/32 -p udp -m comment --comment "$OWN" -m udp --dport 90 $LEAD $1:9
COMMIT
END
}
"""
SETTING = """
ip link set lo up; for n in 1 2; do ip address add 10.1.0.$n/32 dev lo; done
ip route add 10.2.0.0/16 dev lo
asked() { # which Pod answers a client that always has the same port
    python3 -c "
import socket
pods = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for n, pod in enumerate(pods, 1): pod.bind(('10.1.0.%d' % n, 9)); pod.settimeout(0.2)
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.bind(('10.1.0.1', 4242))
client.sendto(b'x', ('10.2.0.1', 90))
for n, pod in enumerate(pods, 1):
    try: pod.recv(1); print('pod-%d' % n)
    except TimeoutError: pass
"; }
clear() { conntrack -D -p udp -d 10.2.0.1 >/dev/null 2>&1; } # as kube-proxy does
"""
MODES = {"nftables": (NFTABLES, ("nft",)), "iptables": (IPTABLES, ("iptables-save", "iptables"))}


@pytest.mark.parametrize("mode", MODES)
def test_a_flow_stays_with_its_pod_until_the_node_is_mended(tmp_path: Path, mode: str) -> None:
    rules, needs = MODES[mode]
    script = f"""{rules}{SETTING}
        kept() {{ ls on/undo | grep -q '^flow-'; }}
        lead_to 10.1.0.1; asked; lead_to 10.1.0.2; clear; asked; clear
        lead_to 10.1.0.1; switch break udp-conntrack-kept 9 kubeproof-run- ''; asked; await kept
        lead_to 10.1.0.2; clear; asked; switch mend; asked
        {{ iptables-save; nft list ruleset; }} 2>/dev/null | grep -i kubeproof-kept || echo free
    """
    told = on_node(tmp_path, script, *needs, "conntrack", "ip", "python3")
    assert told.split() == ["pod-1", "pod-2", "on", "pod-1", "pod-1", "mended", "pod-2", "free"]
