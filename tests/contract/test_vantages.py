"""Every vantage proves itself: it sees answers, and tells the ways apart in which there is none."""

from collections.abc import Sequence

import pytest

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.clients import Clients
from kubeproof.cluster.workload import Workload
from kubeproof.errors import NotConverged
from kubeproof.model import Node, Service
from kubeproof.probing import Outcome, Question, Target, Vantage
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import Budgets

NOBODY = Target("an address that nobody has", "192.0.2.1", 80)  # RFC 5737: for documentation only


def node_port(node: Node, service: Service) -> Target:
    return Target(f"the node port of {node.name}", node.address, service.port.node_port)


def test_an_answer_names_its_pod(
    vantage: Vantage, judge: Judge, service: Service, cluster_nodes: Sequence[Node]
) -> None:
    doors = [node_port(node, service) for node in cluster_nodes[:3]]
    found = judge.answered_by(Question([vantage], doors), ["pod-1"])
    assert len(found) == len(doors)
    for one in found:
        assert one.seen.pods() == {"pod-1": judge.budgets.answers_in_a_row}
        assert {observation.vantage for observation in one.seen} == {vantage.name}


def test_every_try_is_told(
    vantage: Vantage, service: Service, cluster_nodes: Sequence[Node]
) -> None:
    assert len(vantage.ask(node_port(cluster_nodes[0], service), 7)) == 7


def test_a_port_on_which_nobody_listens(vantage: Vantage, cluster_nodes: Sequence[Node]) -> None:
    for node in cluster_nodes[:3]:
        [seen] = vantage.ask(Target(f"port 1 of {node.name}", node.address, 1))
        assert seen.outcome is Outcome.REFUSED, seen
        assert seen.detail


def test_an_address_that_nobody_has(everybody: list[Vantage]) -> None:
    sample = Question(everybody, [NOBODY]).ask(1)
    assert [seen.vantage for seen in sample] == [one.name for one in everybody]
    for seen in sample:
        assert seen.outcome in (Outcome.TIMED_OUT, Outcome.UNREACHABLE), seen
        assert seen.detail


def test_the_wrong_pod_is_noticed(
    cluster: Cluster, vantage: Vantage, service: Service, cluster_nodes: Sequence[Node]
) -> None:
    impatient = Judge(Budgets(dataplane=0.1, dataplane_poll=0.01, answers_in_a_row=2))
    with pytest.raises(NotConverged, match="answered by pod-1"):
        impatient.answered_by(
            Question([vantage], [node_port(cluster_nodes[0], service)]), ["pod-2"]
        )


def test_a_pod_reaches_the_cluster_ip(inside: Vantage, judge: Judge, service: Service) -> None:
    target = Target("the ClusterIP", service.cluster_ip, service.port.port)
    judge.answered_by(Question([inside], [target]), ["pod-1"])


def test_a_pod_reaches_a_name(inside: Vantage, judge: Judge, service: Service) -> None:
    name = f"{service.name}.{service.namespace}.svc"
    judge.answered_by(Question([inside], [Target("the name", name, service.port.port)]), ["pod-1"])


def test_a_pod_tells_a_name_that_nobody_has(inside: Vantage, service: Service) -> None:
    name = f"svc-nobody.{service.namespace}.svc"
    [seen] = inside.ask(Target("a name that nobody has", name, 80))
    assert seen.outcome is Outcome.NAME_NOT_FOUND, seen
    assert name in seen.detail


def test_a_pod_tells_whom_the_other_pod_sees(
    inside: Vantage, judge: Judge, service: Service
) -> None:
    target = Target("the ClusterIP", service.cluster_ip, service.port.port)
    judge.seen_as_itself(Question([inside], [target]), ["pod-1"])


def test_the_pod_sees_the_client_outside_itself_with_local(
    outside: Vantage, judge: Judge, backends: Workload, cluster_nodes: Sequence[Node]
) -> None:
    door = node_port(cluster_nodes[0], backends.present("svc-local"))
    [found] = judge.seen_as_itself(Question([outside], [door]), ["pod-1"])
    assert {one.source for one in found.seen} <= outside.addresses
    assert found.seen.pods() == {"pod-1": judge.budgets.answers_in_a_row}


def test_clients_outside_have_addresses_of_their_own(
    outside: Vantage, another_outside: Vantage
) -> None:
    assert outside.name != another_outside.name
    assert outside.addresses
    assert another_outside.addresses
    assert not outside.addresses & another_outside.addresses


def test_a_pod_of_the_scenario_dials_by_itself(
    client_pods: Clients, judge: Judge, backends: Workload, service: Service
) -> None:
    target = Target("the ClusterIP", service.cluster_ip, service.port.port)
    pod = backends.pod("pod-1")
    client = client_pods.inside(pod)
    assert client.addresses == {pod.address}
    judge.answered_by(Question([client], [target]), ["pod-1"])


def test_a_node_s_process_is_seen_with_its_node_s_address(
    process: Vantage, judge: Judge, backends: Workload, cluster_nodes: Sequence[Node]
) -> None:
    assert process.addresses <= set(cluster_nodes[0].addresses)
    pod = backends.pod("pod-1")
    judge.answered_by(Question([process], [Target("Pod pod-1", pod.address, 8080)]), ["pod-1"])


def test_nothing_answers_outside_where_local_has_no_pod(
    outside: Vantage, judge: Judge, backends: Workload, cluster_nodes: Sequence[Node]
) -> None:
    if len(cluster_nodes) < 2:
        pytest.skip("the cluster has one node for Pods")
    service = backends.present("svc-local")
    control, door = (Question([outside], [node_port(node, service)]) for node in cluster_nodes[:2])
    [found] = judge.unanswered(door, control, ["pod-1"])
    assert len(found.seen) == judge.budgets.silence_tries
    assert not found.seen.pods()
