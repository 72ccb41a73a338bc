"""The switch on a node's rules, by the kernel's own tools: what it takes out, and puts back."""

import re
from pathlib import Path

import pytest

from tests.cluster.disruption.node import on_node

HERE = Path(__file__).parent
NFTABLES = f"""nft -f {HERE}/kube-proxy.nft
rules() {{ nft list ruleset; }}
"""
IPTABLES = f"""iptables-restore {HERE}/kube-proxy.iptables
rules() {{ iptables-save | sed 's/\\[.*//; /^#/d'; }}
"""
MODES = {"nftables": (NFTABLES, ("nft",)), "iptables": (IPTABLES, ("iptables-save", "iptables"))}
PEERS = "172.30.0.11 10.1.2.0/24"
OTHERS = {
    "nftables": ["10.2.0.2 . tcp . 80 : goto service-CCCC-others", "0 : 10.1.1.9 . 80, 1 : "],
    "iptables": ["others/svc-2 cluster IP", '"others/svc-2 -> 10.1.1.9:80" -m statistic'],
}
GONE = {
    ("cluster-ip-rule-removed", "nftables"): "10.2.0.1 . tcp . 80",
    ("cluster-ip-rule-removed", "iptables"): "svc-2 cluster IP",
    ("node-port-rule-removed", "nftables"): "tcp . 30000 : goto",
    ("node-port-rule-removed", "iptables"): "dport 30000 -j KUBE-EXT",
    ("masquerade-removed", "nftables"): 'comment "masquerade"$',
    ("masquerade-removed", "iptables"): "masquerade traffic for",
    ("endpoint-pinned", "nftables"): "1 : 10.1.2.1 . 80",
    ("endpoint-pinned", "iptables"): "j KUBE-SEP-A1",
    ("local-policy-rewired", "nftables"): "fib saddr type local",
    ("local-policy-rewired", "iptables"): "src-type LOCAL",
}
each_fault = pytest.mark.parametrize(
    ("fault", "mode"), GONE, ids=lambda one: one if isinstance(one, str) else None
)


def listings(told: str) -> list[str]:
    return told.split("=====\n")


@each_fault
def test_what_it_takes_out_of_the_rules_comes_back(tmp_path: Path, fault: str, mode: str) -> None:
    rules, needs = MODES[mode]
    script = f"""{rules}
        rules; echo =====; switch break {fault} 9 kubeproof-run- '{PEERS}' >/dev/null
        switch strike; rules; echo =====; switch mend >/dev/null; mended; rules
    """
    before, under, after = listings(on_node(tmp_path, script, *needs))
    affected = (line for line in before.splitlines() if re.search(GONE[fault, mode], line))
    ours = [line for line in affected if "others" not in line]
    assert ours
    assert not set(ours) & set(under.splitlines())
    for other in OTHERS[mode]:  # Services of others are left alone
        assert other in " ".join(under.split())
    assert after == before


@pytest.mark.parametrize("mode", MODES)
def test_rules_that_are_not_ours_are_nothing_to_act_upon(tmp_path: Path, mode: str) -> None:
    rules, needs = MODES[mode]
    script = f"""{rules}
        before=$(rules); switch break endpoint-pinned 20 kubeproof-other-run- '{PEERS}' >/dev/null
        code=0; switch strike || code=$?; echo $code; switch mend >/dev/null
        [ "$(rules)" = "$before" ]
    """
    told = on_node(tmp_path, script, *needs)
    assert told.startswith("there are no rules of kubeproof-other-run- to act upon")
    assert told.endswith("\n6\n")


@pytest.mark.parametrize("mode", MODES)
def test_kube_proxy_is_halted_while_its_rules_are_wrong(tmp_path: Path, mode: str) -> None:
    rules, needs = MODES[mode]
    script = f"""{rules}
        process kube-proxy; switch break endpoint-pinned 9 kubeproof-run- '{PEERS}'; is $id S
        switch strike; await is $id T; switch mend; await is $id S
    """
    on_node(tmp_path, script, *needs)


@pytest.mark.parametrize("mode", MODES)
def test_what_was_written_anew_meanwhile_is_left_as_it_is(tmp_path: Path, mode: str) -> None:
    rules, needs = MODES[mode]
    anew = {
        "nftables": "nft flush chain ip kube-proxy service-AAAA-kubeproof-run-01/svc-2/tcp/",
        "iptables": "iptables -t nat -F KUBE-SVC-AAAA",
    }[mode]
    script = f"""{rules}
        switch break endpoint-pinned 9 kubeproof-run- '{PEERS}' >/dev/null; switch strike
        kill -KILL $(cat on/holder); {anew}; now=$(rules)
        switch mend >/dev/null; [ "$(rules)" = "$now" ]
    """
    on_node(tmp_path, script, *needs)


@pytest.mark.parametrize("mode", MODES)
def test_a_cut_link_drops_what_comes_from_peers_and_goes_to_them(tmp_path: Path, mode: str) -> None:
    rules, needs = MODES[mode]
    script = f"""{rules}
        ip link set lo up; ip address add 172.30.0.12/32 dev lo; ip address add 10.1.2.7/32 dev lo
        answers 10.1.2.7; cut() {{ rules | grep -i kubeproof-cut || true; }}
        switch break node-link-cut 9 kubeproof-run- '{PEERS}' >/dev/null
        ! answers 10.1.2.7; answers 172.30.0.12
        switch mend >/dev/null; answers 10.1.2.7; [ "$(cut)" = "" ]
    """
    assert on_node(tmp_path, script, *needs, "ip", "python3") == ""
