"""Which nodes are broken, for how long, and what is said of a fault that did not last."""

from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from kubeproof.cluster.disruption import disruption
from kubeproof.cluster.disruption.disruption import Disruption
from kubeproof.cluster.disruption.entry import peers_of
from kubeproof.cluster.disruption.switch import FOLDER, CannotBreak
from kubeproof.cluster.docker_client import Executed
from kubeproof.errors import CheckBroken, ClusterUnavailable
from kubeproof.model import Node, Object

NODES = ("k8s-node1", "k8s-node2", "k8s-node3")
PEERS = {name: [f"172.30.0.{n}", f"10.244.{n}.0/24"] for n, name in enumerate(NODES)}


class Nodes:
    """Nodes that write down what they are told, and answer as they are bidden."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.answers: dict[tuple[str, str], Executed] = {}
        self.renewed = Event()
        self.closed = False

    def execute(self, node: str, command: Sequence[str]) -> Executed:
        if command[0] == "sh" and command[1] == f"{FOLDER}/switch":
            self.told.append((node, *command[2:]))
            if command[2] == "renew":
                self.renewed.set()
            return self.answers.get((node, command[2]), Executed(0, ""))
        return Executed(0, "")

    def close(self) -> None:
        self.closed = True

    def orders(self) -> list[tuple[str, str]]:
        return sorted((one[0], one[1]) for one in self.told if one[1] != "renew")


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


@pytest.fixture
def broken(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disruption]:
    monkeypatch.setattr(disruption, "RENEW_SECONDS", 0.01)
    made = Disruption(nodes, PEERS, "abc")
    yield made
    made.close()


def test_the_second_node_is_told_what_its_own_are_and_what_it_must_not_reach(
    nodes: Nodes, broken: Disruption
) -> None:
    broken.set_faults(["node-link-cut@second"])
    [told] = [one for one in nodes.told if one[1] == "break"]
    assert told[0] == "k8s-node2"
    assert told[2] == "node-link-cut"
    assert told[4:] == ("kubeproof-abc-", "172.30.0.1 10.244.1.0/24")


def test_every_node_is_broken_and_mended_again(nodes: Nodes, broken: Disruption) -> None:
    broken.set_faults(["dns-stopped@every"])
    assert nodes.orders() == [(name, "break") for name in NODES]
    nodes.told.clear()
    broken.set_faults(())
    assert nodes.orders() == [(name, "mend") for name in NODES]


def test_leases_are_renewed_while_it_lasts(nodes: Nodes, broken: Disruption) -> None:
    broken.set_faults(["node-link-cut@second"])
    assert nodes.renewed.wait(5)
    assert {one[0] for one in nodes.told if one[1] == "renew"} == {"k8s-node2"}


def test_a_fault_that_ended_too_early_breaks_the_check(nodes: Nodes, broken: Disruption) -> None:
    nodes.answers["k8s-node2", "renew"] = Executed(5, "")
    broken.set_faults(["node-link-cut@second"])
    assert nodes.renewed.wait(5)
    nodes.renewed.clear()
    assert nodes.renewed.wait(5)  # by then the first answer has been taken in
    with pytest.raises(CheckBroken, match="fault on k8s-node2 ended before the scenario did"):
        broken.set_faults(())


def test_one_node_without_anything_to_act_upon_is_no_hindrance(
    nodes: Nodes, broken: Disruption
) -> None:
    nodes.answers["k8s-node1", "break"] = Executed(4, "no process coredns\n")
    broken.set_faults(["dns-stopped@every"])
    nodes.told.clear()
    broken.set_faults(())
    assert nodes.orders() == [("k8s-node2", "mend"), ("k8s-node3", "mend")]


def test_no_node_with_anything_to_act_upon_is_said(nodes: Nodes, broken: Disruption) -> None:
    for name in NODES:
        nodes.answers[name, "break"] = Executed(4, "no process coredns\n")
    with pytest.raises(CannotBreak, match="cannot be done on k8s-node1: no process coredns"):
        broken.set_faults(["dns-stopped@every"])


def test_a_fault_that_finds_nothing_breaks_the_check(nodes: Nodes, broken: Disruption) -> None:
    nodes.answers["k8s-node2", "strike"] = Executed(6, "there are no rules")
    broken.set_faults(["endpoint-pinned@second"])
    with pytest.raises(CheckBroken, match="the fault found nothing: there are no rules"):
        broken.strike()


def test_a_fault_that_finds_something_on_one_node_strikes(nodes: Nodes, broken: Disruption) -> None:
    nodes.answers["k8s-node2", "strike"] = Executed(6, "there are no rules")
    broken.set_faults(["endpoint-pinned@every"])
    broken.strike()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (Executed(3, "another fault is on here: x"), ClusterUnavailable, "ends by itself within"),
        (Executed(127, "sh: nft: not found"), CheckBroken, "could not be switched on: sh: nft"),
    ],
)
def test_a_node_that_takes_no_fault(
    nodes: Nodes, broken: Disruption, answer: Executed, error: type[Exception], text: str
) -> None:
    nodes.answers["k8s-node3", "break"] = answer
    with pytest.raises(error, match=text):
        broken.set_faults(["dns-stopped@every"])
    assert ("k8s-node1", "mend") in nodes.orders()  # those that had taken it


def test_a_node_that_cannot_be_mended_is_named_with_the_remedy(
    nodes: Nodes, broken: Disruption
) -> None:
    nodes.answers["k8s-node2", "mend"] = Executed(126, "permission denied")
    broken.set_faults(["node-link-cut@second"])
    with pytest.raises(CheckBroken, match="by hand there: sh /run/kubeproof/switch mend"):
        broken.set_faults(())


def test_it_mends_and_leaves_when_it_is_closed(nodes: Nodes, broken: Disruption) -> None:
    broken.set_faults(["node-link-cut@second"])
    broken.close()
    assert nodes.orders()[-1] == ("k8s-node2", "mend")
    assert nodes.closed


def test_one_node_has_no_second(nodes: Nodes) -> None:
    made = Disruption(nodes, {"only": []}, "abc")
    with pytest.raises(CannotBreak, match="takes a second node"):
        made.set_faults(["node-link-cut@second"])
    made.close()


class Listing:
    """An API of two nodes, of which the first has the API server."""

    def list(self, kind: str, *_: object, **__: object) -> list[Object]:
        if kind == "EndpointSlice":
            return [{"endpoints": [{"addresses": ["172.30.0.11"]}]}]
        return [node_object("b", "172.30.0.12", "10.1.2.0/24"), node_object("a", "172.30.0.11", "")]


def node_object(name: str, address: str, pods: str) -> Object:
    ready = {"type": "Ready", "status": "True"}
    addresses = [{"type": "InternalIP", "address": one} for one in (address, "fd00::1")]
    spec = {"podCIDRs": [pods]} if pods else {}
    return {
        "metadata": {"name": name, "labels": {}},
        "spec": spec,
        "status": {"addresses": addresses, "conditions": [ready]},
    }


def test_a_cut_link_spares_the_way_of_the_api_server() -> None:
    api = Listing()
    nodes = [Node.of(one) for one in api.list("Node")]
    found = peers_of(api, nodes)  # pyright: ignore[reportArgumentType]
    assert found == {"b": [], "a": ["172.30.0.12", "10.1.2.0/24"]}
