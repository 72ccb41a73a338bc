"""Packet paths in a line: who may get a packet that a node is sent, and how.

``pod1 pod2~`` means that it goes to the Pod of node 1 or, with the node's address as source, to
the one of node 2; ``host`` that it goes where it was sent, untouched by Services.
"""

import re
from dataclasses import dataclass

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.base import render_base
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.model import Rules, Target, merged
from kubeproof.sandbox.proxy.packet import Outcome, Packet
from kubeproof.sandbox.proxy.render import render_service
from kubeproof.sandbox.proxy.trace import Trace, trace
from tests.sandbox.proxy.builders import NODE1

OUTSIDE = "172.30.0.254"
POD = "10.244.1.9"
NODE = NODE1.address


@dataclass(frozen=True)
class Dial:
    """A connection: ``name`` says what it stands for, ``expected`` who gets it."""

    name: str
    source: str
    destination: str
    expected: str
    protocol: str = "tcp"
    node: NodeFacts = NODE1


def node_rules(
    service: Object, *slices: Object, node: NodeFacts = NODE1, faults: str = ""
) -> Rules:
    """All rules of a node for one Service; faults are separated by spaces."""
    active = frozenset(faults.split())
    return merged(
        {"": render_base(node, active), "d/web": render_service(service, slices, node, active)}
    )


def walk(rules: Rules, dial: Dial) -> Trace:
    address, _, port = dial.destination.partition(":")
    packet = Packet(dial.source, Target(address, int(port)), dial.protocol)
    return trace(rules, packet, dial.node)


def who(rules: Rules, dial: Dial) -> str:
    """The outcome in a line."""
    outcomes = walk(rules, dial).outcomes
    return " ".join(sorted(_short(one, dial.destination) for one in outcomes))


def check(rules: Rules, dial: Dial) -> None:
    """Fail with the rules the packet met unless the outcome is the expected one."""
    found = who(rules, dial)
    assert found == dial.expected, f"{dial.name}: {found}\n{walk(rules, dial)}"


def _short(outcome: Outcome, dialled: str) -> str:
    if outcome.end != "delivered":
        return outcome.end
    pod = re.fullmatch(r"10\.244\.(\d)\.2:8080", outcome.target)
    name = f"pod{pod[1]}" if pod else "host" if outcome.target == dialled else outcome.target
    return name + ("~" if outcome.masqueraded else "")
