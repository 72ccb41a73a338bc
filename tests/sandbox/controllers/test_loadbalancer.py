"""The load balancer: addresses, announcements, and its faults."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.balancer_pool import AddressPool, AddressRefused, PoolExhausted
from kubeproof.sandbox.controllers.speaker_election import elect, local_nodes
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod, service
from tests.sandbox.controllers.objects import stored_node, stored_service

FIRST, SECOND = "172.30.0.200", "172.30.0.201"
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


def balanced(name: str = "s", **spec: Any) -> Object:
    return service(name, type="LoadBalancer", **spec)


def ingress(obj: Object) -> list[Object]:
    return obj["status"]["loadBalancer"].get("ingress", [])


def address(cluster: Cluster, name: str = "s") -> str:
    found = ingress(cluster.get("services", name))
    return found[0]["ip"] if found else ""


def speakers(cluster: Cluster, wanted: str = FIRST) -> list[str]:
    return [name for name, node in cluster.network.nodes.items() if wanted in node.announced]


def test_gives_an_address_that_one_node_announces(cluster: Cluster) -> None:
    created = cluster.create("services", balanced())
    assert ingress(created) == [{"ip": FIRST, "ipMode": "VIP"}]
    assert created["metadata"]["finalizers"] == [FINALIZER]
    assert len(speakers(cluster)) == 1


def test_every_service_has_an_address_of_its_own_and_keeps_it(cluster: Cluster) -> None:
    cluster.create("services", balanced("one"))
    cluster.create("services", balanced("two"))
    assert (address(cluster, "one"), address(cluster, "two")) == (FIRST, SECOND)
    cluster.create("pods", pod("p"))
    cluster.delete("pods", "p")
    cluster.patch("services", "one", lambda obj: obj["spec"]["ports"][0].update(port=81))
    assert (address(cluster, "one"), address(cluster, "two")) == (FIRST, SECOND)


def test_address_is_free_again_after_deletion(cluster: Cluster) -> None:
    cluster.create("services", balanced("one"))
    cluster.delete("services", "one")
    assert cluster.list("services") == []
    assert speakers(cluster) == []
    cluster.create("services", balanced("two"))
    assert address(cluster, "two") == FIRST


def test_another_type_takes_the_balancer_down(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    changed = cluster.patch("services", "s", lambda obj: obj["spec"].update(type="ClusterIP"))
    assert ingress(changed) == []
    assert FINALIZER not in changed["metadata"].get("finalizers", [])
    assert speakers(cluster) == []


def test_address_can_be_asked_for(cluster: Cluster) -> None:
    cluster.create("services", balanced(loadBalancerIP="172.30.0.210"))
    assert address(cluster) == "172.30.0.210"


@pytest.mark.parametrize("wanted", ["192.0.2.1", "nonsense"])
def test_address_outside_the_pool_stays_pending(cluster: Cluster, wanted: str) -> None:
    cluster.create("services", balanced(loadBalancerIP=wanted))
    assert address(cluster) == ""
    [event] = [e for e in cluster.list("events") if e["reason"] == "SyncLoadBalancerFailed"]
    assert f"{wanted} is not in the pool" in event["message"]


def test_address_of_another_service_stays_pending(cluster: Cluster) -> None:
    cluster.create("services", balanced("one"))
    cluster.create("services", balanced("two", loadBalancerIP=FIRST))
    assert address(cluster, "two") == ""


def test_ignores_classes_that_are_not_its_own(cluster: Cluster) -> None:
    cluster.create("services", balanced(loadBalancerClass="example.com/other"))
    assert address(cluster) == ""
    assert "finalizers" not in cluster.get("services", "s")["metadata"]


def test_grabs_every_class_under_the_fault(cluster: Cluster) -> None:
    cluster.create("services", balanced(loadBalancerClass="example.com/other"))
    cluster.faults.replace(["load-balancer-grabs-every-class"])
    cluster.settle()
    assert address(cluster) == FIRST
    cluster.faults.replace([])
    cluster.settle()
    assert address(cluster) == ""


def test_changes_its_address_under_the_fault(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    cluster.faults.replace(["load-balancer-changes-address"])
    cluster.create("pods", pod("p"))
    assert address(cluster) not in ("", FIRST)
    assert speakers(cluster) == []


def test_does_nothing_under_the_fault_and_catches_up_later(cluster: Cluster) -> None:
    cluster.faults.replace(["load-balancer-controller-stopped"])
    cluster.create("services", balanced())
    assert address(cluster) == ""
    cluster.faults.replace([])
    cluster.settle()
    assert address(cluster) == FIRST


def test_there_may_be_no_implementation() -> None:
    cluster = Cluster(load_balancer_pool=None)
    cluster.create("services", balanced())
    assert address(cluster) == ""
    cluster.close()


@pytest.fixture
def local(cluster: Cluster) -> Cluster:
    cluster.create("services", balanced(externalTrafficPolicy="Local"))
    return cluster


def test_local_is_announced_only_where_pods_are(local: Cluster) -> None:
    assert speakers(local) == []
    for node in ("k8s-node3", "k8s-node1"):
        local.create("pods", pod("p", nodeName=node))
        assert speakers(local) == [node]
        local.delete("pods", "p")
    assert speakers(local) == []


def test_local_leaves_a_node_whose_pod_is_not_ready(local: Cluster) -> None:
    local.create("pods", pod("p", nodeName="k8s-node2"))
    local.kubelet.ready = lambda pod: False
    local.kubelet.look_at_everything()
    local.settle()
    assert speakers(local) == []


def test_excluded_nodes_do_not_announce(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    [speaker] = speakers(cluster)
    node = cluster.get("nodes", speaker, "")
    node["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    cluster.registry.update("nodes", "", speaker, node)
    cluster.settle()
    assert len(speakers(cluster)) == 1
    assert speakers(cluster) != [speaker]


def test_excluded_nodes_are_used_under_the_fault(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    before = speakers(cluster)
    cluster.faults.replace(["load-balancer-uses-excluded-nodes"])
    for name in ("k8s-node1", "k8s-node2", "k8s-node3"):
        node = cluster.get("nodes", name, "")
        node["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
        cluster.registry.update("nodes", "", name, node)
    cluster.settle()
    assert speakers(cluster) == before
    cluster.faults.replace([])
    cluster.settle()
    assert speakers(cluster) == []


def test_addresses_are_spread_over_nodes() -> None:
    nodes = [stored_node(f"n{number}") for number in range(3)]
    elected = {elect(f"172.30.0.{n}", stored_service(), [], nodes) for n in range(200, 221)}
    assert elected == {"n0", "n1", "n2"}


def test_losing_a_node_moves_only_its_addresses() -> None:
    nodes = [stored_node(f"n{number}") for number in range(3)]
    addresses = [f"172.30.0.{n}" for n in range(200, 221)]
    before = {ip: elect(ip, stored_service(), [], nodes) for ip in addresses}
    after = {ip: elect(ip, stored_service(), [], nodes[1:]) for ip in addresses}
    assert all(after[ip] == node for ip, node in before.items() if node != "n0")
    assert "n0" not in after.values()


def test_address_stays_where_it_is_as_long_as_it_may() -> None:
    nodes = [stored_node(f"n{number}") for number in range(3)]
    service = stored_service(externalTrafficPolicy="Local")
    slices = [{"endpoints": [endpoint(f"n{number}", ready=True) for number in range(3)]}]
    for current in ("n0", "n1", "n2"):
        assert elect(FIRST, service, slices, nodes, current) == current
    assert elect(FIRST, service, slices, nodes, "gone") in ("n0", "n1", "n2")


def endpoint(node: str, *, ready: bool, terminating: bool = False) -> Object:
    conditions = {"ready": ready, "serving": True, "terminating": terminating}
    return {"nodeName": node, "conditions": conditions}


def test_terminating_endpoints_are_the_last_resort() -> None:
    ready, ending = endpoint("a", ready=True), endpoint("b", ready=False, terminating=True)
    assert local_nodes([{"endpoints": [ready, ending]}]) == {"a"}
    assert local_nodes([{"endpoints": [ending]}]) == {"b"}


def test_pool() -> None:
    pool = AddressPool("172.30.0.200-172.30.0.201")
    key = ("ns", "s")
    assert pool.lowest_free({FIRST: key}) == SECOND
    with pytest.raises(PoolExhausted):
        pool.lowest_free({FIRST: key, SECOND: key})
    assert pool.next_free(SECOND, {SECOND: key}) == FIRST
    assert pool.next_free(FIRST, {FIRST: key, SECOND: key}) == FIRST
    assert pool.claim(FIRST, key, {FIRST: key}) == FIRST
    with pytest.raises(AddressRefused, match="in use by service ns/other"):
        pool.claim(FIRST, key, {FIRST: ("ns", "other")})


@pytest.mark.parametrize("text", ["", "172.30.0.9-172.30.0.1", "nonsense"])
def test_no_pool(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AddressPool(text)


def test_is_left_behind_under_the_fault_until_the_service_is_deleted(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    cluster.faults.replace(["load-balancer-left-behind"])
    cluster.patch("services", "s", lambda obj: obj["spec"].update(type="ClusterIP"))
    assert len(speakers(cluster)) == 1
    cluster.delete("services", "s")
    assert cluster.list("services") == []
    assert speakers(cluster) == []


def test_stays_with_its_first_node_under_the_fault(local: Cluster) -> None:
    local.faults.replace(["load-balancer-stays"])
    local.create("pods", pod("p", nodeName="k8s-node3"))
    local.delete("pods", "p")
    local.create("pods", pod("p", nodeName="k8s-node1"))
    assert speakers(local) == ["k8s-node3"]


def test_under_a_fault_a_service_is_not_marked_and_goes_at_once(cluster: Cluster) -> None:
    cluster.faults.replace(["load-balancer-finalizer-missing"])
    created = cluster.create("services", balanced())
    assert cluster.get("services", "s")["metadata"].get("finalizers") in (None, [])
    assert created["metadata"]["name"] == "s"
    cluster.delete("services", "s")
    assert speakers(cluster) == []


def test_under_a_fault_the_mark_outlives_the_balancer(cluster: Cluster) -> None:
    cluster.create("services", balanced())
    cluster.faults.replace(["load-balancer-finalizer-stays"])
    cluster.delete("services", "s")
    assert cluster.get("services", "s")["metadata"]["finalizers"] == [FINALIZER]
    assert speakers(cluster) == []
    cluster.faults.replace([])
    cluster.settle()
    assert cluster.list("services") == []
