"""From the words of a step to a question: which client, which doors, and what if there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest

from kubeproof.cluster.clients import Clients
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Node, Pod, Service
from kubeproof.plugin.asking import Asking
from kubeproof.probing import Target, Vantage
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.direct import DirectVantage

OUTSIDE, ANOTHER = cast(Vantage, "outside"), cast(Vantage, "another")


def service(name: str, address: str) -> Service:
    spec = {"clusterIP": address, "ports": [{"port": 9000}]}
    return Service.of({"metadata": {"namespace": "ns", "name": name, "uid": "u"}, "spec": spec})


def node(name: str) -> Node:
    return Node.of({"metadata": {"name": name, "labels": {}}, "spec": {}, "status": {}})


def pod(name: str) -> Pod:
    return Pod.of({"metadata": {"namespace": "ns", "name": name, "uid": name}, "spec": {}})


class Scenario:
    """What asking needs of a scenario's objects."""

    namespace = "ns"

    def __init__(self) -> None:
        self.first_seen = {"svc-1": service("svc-1", "10.96.0.1")}
        self.met_pods = {"uid": pod("pod-1")}

    def present(self, name: str) -> Service:
        return service(name, "10.96.0.2")

    def pod(self, name: str) -> Pod:
        return pod(name)


class Started:
    """Client Pods that are only written down."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []

    def start(self, namespace: str, name: str, node: Node, label: str) -> Vantage:
        self.asked.append((namespace, name, node.name, label))
        return cast(Vantage, f"client {len(self.asked)}")

    def inside(self, there: Pod) -> Vantage:
        return cast(Vantage, f"inside {there.name}")


@dataclass
class Doors:
    """Doors that are the ClusterIP, or none at all."""

    former: bool = False
    service: str = ""
    none: bool = False
    given: list[Any] = field(default_factory=list[Any])

    def __call__(
        self, service: Service, nodes: Sequence[Node], pods: Sequence[Pod]
    ) -> list[Target]:
        self.given = [service.name, nodes, pods]
        return [] if self.none else [Target("the ClusterIP", service.cluster_ip, 9000)]


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def asking(started: Started) -> Asking:
    clients, scenario = cast(Clients, started), cast(Workload, Scenario())
    nodes = [node("n1"), node("n2")]
    return Asking(clients, OUTSIDE, ANOTHER, nodes, scenario, lambda _: None)


ATTEMPT = Attempt("svc-1", created=service("svc-1", "10.96.0.1"))


@pytest.mark.parametrize(
    ("doors", "name", "address"),
    [
        (Doors(), "svc-1", "10.96.0.2"),
        (Doors(former=True), "svc-1", "10.96.0.1"),
        (Doors(service="svc-2"), "svc-2", "10.96.0.2"),
    ],
)
def test_doors_are_those_of_a_service_as_it_is_or_as_it_was(
    asking: Asking, doors: Doors, name: str, address: str
) -> None:
    question = asking.question(OUTSIDE, doors, ATTEMPT)
    assert question.vantages == [OUTSIDE]
    assert [one.host for one in question.targets] == [address]
    assert question.witness is asking.witness
    assert doors.given == [name, asking.nodes, [pod("pod-1")]]


def test_pods_without_a_network_of_their_own_answer_by_their_node_s_hostname(
    started: Started,
) -> None:
    scenario = Scenario()
    for name, where in (("pod-1", "n1"), ("pod-2", "n2"), ("pod-9", "n9")):
        scenario.met_pods[name] = replace(pod(name), node=where, host_network=True)
    scenario.met_pods["other"] = replace(pod("other"), node="n2")
    nodes = [replace(node("n1"), hostname="host-1"), replace(node("n2"), hostname="host-2")]
    asking = Asking(
        cast(Clients, started), OUTSIDE, ANOTHER, nodes, cast(Workload, scenario), lambda _: None
    )
    question = asking.question(OUTSIDE, Doors(), ATTEMPT)
    assert question.aliases == {"host-1": "pod-1", "host-2": "pod-2", "": "pod-9"}


def test_a_service_without_such_a_door_breaks_the_check(asking: Asking) -> None:
    with pytest.raises(CheckBroken, match=r"^Service svc-1 has no such door to dial: Service\("):
        asking.question(OUTSIDE, Doors(none=True), ATTEMPT)


def test_clients_outside(asking: Asking) -> None:
    assert asking.outsider() is OUTSIDE
    assert asking.another_outsider() is ANOTHER


def test_a_client_outside_that_is_not_to_be_had_breaks_the_check(started: Started) -> None:
    clients, scenario = cast(Clients, started), cast(Workload, Scenario())
    alone = Asking(clients, None, None, [], scenario, lambda _: None)
    told = "^no client outside the cluster is to be had; tag the scenario @capability:outside$"
    with pytest.raises(CheckBroken, match=told):
        alone.outsider()
    told = "^no second client outside the cluster is to be had; .* @capability:second-outside$"
    with pytest.raises(CheckBroken, match=told):
        alone.another_outsider()


def test_a_pod_of_the_scenario_as_a_client(asking: Asking) -> None:
    assert asking.pod("pod-2") == "inside pod-2"


def test_a_throw_away_client_is_a_new_one_each_time(asking: Asking, started: Started) -> None:
    assert asking.throw_away() == "client 1"
    assert asking.throw_away() == "client 2"
    [first, second] = started.asked
    assert first[0] == "ns"
    assert first[1].startswith("throw-away-")
    assert len(first[1]) == len("throw-away-") + 4
    assert first[1] != second[1]
    assert first[2:] == ("n1", "a throw-away Pod on n1")


def test_a_neighbour_is_the_same_for_the_whole_scenario(asking: Asking, started: Started) -> None:
    first = asking.neighbour(node("n2"))
    assert asking.neighbour(node("n2")) == first
    assert asking.neighbour(node("n1")) != first
    assert [one[2] for one in started.asked] == ["n2", "n1"]
    namespace, name, _, label = started.asked[0]
    assert namespace == "ns"
    assert name.startswith("neighbour-")
    assert len(name) == len("neighbour-") + 4
    assert label == "a Pod of the Service's namespace on n2"


def own_service() -> Attempt:
    found = {"namespace": "default", "name": "kubernetes", "uid": "u"}
    own = Service.of({"metadata": found, "spec": {"clusterIP": "10.96.0.7", "ports": []}})
    return Attempt("kubernetes", own)


def test_pods_ask_the_api_server_at_its_own_service(asking: Asking) -> None:
    client = DialVantage("a Pod", frozenset(), lambda page, query: httpx.Response(200))
    [target] = asking.question(client, Doors(), own_service()).targets
    assert (target.host, target.is_api) == ("10.96.0.7", True)


def test_only_pods_are_given_what_the_api_server_is_known_by(asking: Asking) -> None:
    client = DirectVantage("a client outside", 1.0)
    with pytest.raises(CheckBroken, match="a client outside is no Pod"):
        asking.question(client, Doors(), own_service())


def keeping(lines: str, commands: list[str]) -> DialVantage:
    def pod(page: str, query: dict[str, str]) -> httpx.Response:
        commands.append(query["shellCommand"].split()[0])
        output = lines if commands[-1] == "cat" else "4711\n"
        return httpx.Response(200, json={"output": output})

    return DialVantage("a Pod on n1", frozenset(), pod)


def test_a_connection_is_open_until_the_scenario_ends(asking: Asking) -> None:
    commands: list[str] = []
    client = keeping("pod-2 200 0 1 0.002 \n", commands)
    question = asking.over_one(client, Doors(), ATTEMPT)
    assert str(question) == "a Pod on n1, over one connection → the ClusterIP (10.96.0.2:9000)"
    assert asking.answered_first() == "pod-2"
    anew = asking.anew()
    assert (anew.vantages, anew.targets, anew.witness) == (
        [client],
        question.targets,
        asking.witness,
    )
    asking.close()
    assert commands == ["curl", "cat", "kill"]


def test_without_a_connection_nothing_was_answered_first(asking: Asking) -> None:
    with pytest.raises(CheckBroken, match="no connection is kept open"):
        asking.answered_first()
