"""One node's proxy over time: what it programs when, and faults that need a memory."""

import time

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.base import TABLE
from kubeproof.sandbox.proxy.nfnetlink import TableMessages
from kubeproof.sandbox.proxy.transaction import Transactions, netfilter_socket
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import EVERYWHERE, NODE1, Pod, endpoint_slice, port, service
from tests.sandbox.proxy.world import UDP, World, world

CLUSTER_IP = "10.96.0.5:80"
EVERY = endpoint_slice(*EVERYWHERE)


def exposed(number: int = 30080) -> Object:
    return service("web", "10.96.0.5", port(80, nodePort=number), type="NodePort")


def _changes() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(1)))
        seen = {"first": w.who("client2", CLUSTER_IP, 5)}
        w.serve(exposed(), endpoint_slice(Pod(2)))
        seen["other endpoint"] = w.who("client2", CLUSTER_IP, 5)
        w.serve(exposed(30090), endpoint_slice(Pod(2)))
        seen["old node port"] = w.said("outside", "172.30.0.11:30080")
        seen["new node port"] = w.who("outside", "172.30.0.11:30090", 5)
        w.serve(service("web", "10.96.0.6"), endpoint_slice(Pod(2)))
        seen["old cluster IP"] = w.said("client2", CLUSTER_IP)
        seen["new cluster IP"] = w.who("client2", "10.96.0.6:80", 5)
        w.serve(None)
        seen["gone"] = w.said("client2", "10.96.0.6:80")
        w.serve(exposed(), endpoint_slice(Pod(3)))
        seen["back"] = w.who("client2", CLUSTER_IP, 5)
        return seen


def test_changes_take_effect(isolated: Isolated) -> None:
    assert isolated.run(_changes) == {
        "first": "pod1",
        "other endpoint": "pod2",
        "old node port": "refused",
        "new node port": "pod2",
        "old cluster IP": "timeout",
        "new cluster IP": "pod2",
        "gone": "timeout",
        "back": "pod3",
    }


def _shared() -> dict[str, str]:
    """Two Services with the same endpoints and the same external address."""
    shared = {"externalIPs": ["203.0.113.7"]}
    with world() as w:
        w.serve(service("one", "10.96.0.5", **shared), endpoint_slice(Pod(1)), key="d/one")
        w.serve(service("two", "10.96.0.6", **shared), endpoint_slice(Pod(1)), key="d/two")
        seen = {"hairpin": w.said("pod1", "10.96.0.6:80")}
        w.serve(None, key="d/one")
        seen["hairpin of the one left"] = w.said("pod1", "10.96.0.6:80")
        seen["external address of the one left"] = w.who("client2", "203.0.113.7:80", 3)
        w.serve(None, key="d/two")
        seen["none left"] = w.said("client2", "10.96.0.6:80")
        return seen


def test_what_services_share_stays_until_the_last_is_gone(isolated: Isolated) -> None:
    assert isolated.run(_shared) == {
        "hairpin": "pod1 10.244.1.1",
        "hairpin of the one left": "pod1 10.244.1.1",
        "external address of the one left": "pod1",
        "none left": "timeout",
    }


def _frozen() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(1)))
        w.suffer("node-not-updated@k8s-node2")
        w.serve(exposed(), endpoint_slice(Pod(3)))
        seen = {"frozen": w.who("client2", CLUSTER_IP, 5), "other": w.who("client1", CLUSTER_IP, 5)}
        w.suffer()
        seen["thawed"] = w.who("client2", CLUSTER_IP, 5)
        return seen


def test_node_not_updated(isolated: Isolated) -> None:
    assert isolated.run(_frozen) == {"frozen": "pod1", "other": "pod3", "thawed": "pod3"}


def _withdrawn() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(1)))
        w.suffer("rules-withdrawn-first")
        seen = {"withdrawn": w.who("client3", CLUSTER_IP, 1)}
        time.sleep(max(proxy.pause for proxy in w.proxies))
        seen["pending"] = str(all(proxy.pending and not proxy.pause for proxy in w.proxies))
        w.suffer("rules-withdrawn-first")
        seen["written anew"] = w.who("client3", CLUSTER_IP, 1)
        return seen


def test_rules_withdrawn_first(isolated: Isolated) -> None:
    assert isolated.run(_withdrawn) == {
        "withdrawn": "timeout",
        "pending": "True",
        "written anew": "pod1",
    }


def _stale() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(1), Pod(2)))
        w.suffer("stale-endpoint")
        w.serve(exposed(), endpoint_slice(Pod(1), Pod(2, ready=False, terminating=True)))
        seen = {"terminating": w.who("client3", CLUSTER_IP)}
        w.serve(exposed(), endpoint_slice(Pod(1)))
        seen["removed"] = w.who("client3", CLUSTER_IP)
        w.serve(exposed(), endpoint_slice(Pod(3)))
        seen["replaced"] = w.who("client3", CLUSTER_IP)
        w.suffer()
        seen["mended"] = w.who("client3", CLUSTER_IP)
        return seen


def test_stale_endpoint(isolated: Isolated) -> None:
    assert isolated.run(_stale) == {
        "terminating": "pod1",
        "removed": "pod1 pod2",
        "replaced": "pod1 pod2 pod3",
        "mended": "pod3",
    }


def _kept() -> dict[str, str]:
    two = service("web", "10.96.0.5", port(80), port(81, name="b"))
    slices = (endpoint_slice(Pod(1)), endpoint_slice(Pod(1), name="b"))
    seen: dict[str, str] = {}
    with world() as w:
        for faults in ((), ("removed-port-kept", "deleted-service-kept")):
            w.suffer(*faults)
            w.serve(two, *slices)
            w.serve(service(), *slices)
            seen[f"port {faults}"] = w.who("client1", "10.96.0.5:81", 1)
            w.serve(None)
            seen[f"Service {faults}"] = w.who("client1", CLUSTER_IP, 1)
        w.suffer()
        seen["mended"] = w.who("client1", CLUSTER_IP, 1)
    return seen


def test_removed_port_kept_and_deleted_service_kept(isolated: Isolated) -> None:
    assert list(isolated.run(_kept).values()) == ["refused", "timeout", "pod1", "pod1", "timeout"]


def _moved() -> list[str]:
    """A node port that is changed: the former one, with the fault and without."""
    with world() as w:
        w.suffer("former-node-port-kept")
        for number in (30080, 30081):
            web = service("web", "10.96.0.5", port(80, nodePort=number), type="NodePort")
            w.serve(web, endpoint_slice(Pod(1)))
        seen = [w.who("outside", f"{NODE1.address}:{one}", 1) for one in (30080, 30081)]
        w.suffer()
        return [*seen, w.who("outside", f"{NODE1.address}:30080", 1)]


def test_former_node_port_kept(isolated: Isolated) -> None:
    assert isolated.run(_moved) == ["pod1", "pod1", "refused"]


def _policies() -> list[str]:
    ends = (Pod(1), Pod(2))
    local = service("web", "10.96.0.5", port(80), internalTrafficPolicy="Local")
    with world() as w:
        w.suffer("policy-change-ignored")
        w.serve(exposed(), endpoint_slice(*ends))
        w.serve(local, endpoint_slice(*ends))
        seen = [w.who("client1", CLUSTER_IP)]
        w.suffer()
        w.serve(local, endpoint_slice(*ends))
        return [*seen, w.who("client1", CLUSTER_IP)]


def test_policy_change_ignored(isolated: Isolated) -> None:
    assert isolated.run(_policies) == ["pod1 pod2", "pod1"]


def _switching() -> list[str]:
    """A fault that is switched on and off shows at once, without any change of a Service."""
    with world() as w:
        w.serve(exposed(), endpoint_slice())
        said = [w.said("client1", CLUSTER_IP)]
        for faults in (("no-reject",), (), ("cluster-ip-missing@k8s-node1",)):
            w.suffer(*faults)
            said.append(w.said("client1", CLUSTER_IP))
        return [*said, w.said("client2", CLUSTER_IP)]


def test_faults_switch_on_and_off(isolated: Isolated) -> None:
    outcomes = isolated.run(_switching)
    assert outcomes == ["refused", "timeout", "refused", "timeout", "refused"]


def _flow(w: World) -> list[str]:
    """What a UDP client with one socket hears while its Pod is replaced by another."""
    udp = service("web", "10.96.0.5", port(80, nodePort=30080, protocol="UDP"), type="NodePort")
    w.serve(udp, endpoint_slice(Pod(1), protocol="UDP"))
    heard: list[str] = []
    with w.place("client3").socket(kind=UDP) as client:
        client.settimeout(0.5)
        client.connect(("10.96.0.5", 80))
        for pod in (Pod(1), Pod(2)):
            w.serve(udp, endpoint_slice(pod, protocol="UDP"))
            client.send(b"who")
            heard.append(client.recv(100).decode().split()[0])
    return heard


def _early(w: World) -> str:
    """What a UDP client hears that began before there was any Pod, on the same socket."""
    udp = service("early", "10.96.0.7", port(80, protocol="UDP"))
    with w.place("client3").socket(kind=UDP) as client:
        client.settimeout(0.5)
        client.connect(("10.96.0.7", 80))
        client.send(b"who")  # dropped: there is no such Service yet
        w.serve(udp, endpoint_slice(Pod(2), protocol="UDP"), key="d/early")
        client.send(b"who")
        return client.recv(100).decode().split()[0]


def _stale_flows() -> list[object]:
    with world() as w:
        normally = _flow(w)
        early = _early(w)
        w.suffer("udp-conntrack-kept")
        return [normally, early, _flow(w)]


def test_udp_clients_move_to_the_new_pod_unless_a_fault_forbids(every_privilege: Isolated) -> None:
    normally, early, broken = every_privilege.run(_stale_flows)
    assert normally == ["pod1", "pod2"]
    assert early == "pod2"
    assert broken == ["pod1", "pod1"]


def _remembered(w: World, *faults: str) -> list[int]:
    """How many connections to the Service a node remembers before and after its Pod terminates."""
    leaving = endpoint_slice(Pod(1, ready=False, terminating=True), Pod(2))
    w.suffer(*faults)
    w.serve(service(), endpoint_slice(Pod(1)))
    w.said("client3", CLUSTER_IP)
    found = [len([one for one in w.proxies[2].connections() if "dst=10.96.0.5" in one])]
    w.serve(service(), leaving)
    return [*found, len([one for one in w.proxies[2].connections() if "dst=10.96.0.5" in one])]


def _terminating() -> list[list[int]]:
    with world() as w:
        return [_remembered(w), _remembered(w, "terminating-connections-cut")]


def test_connections_outlast_that_their_pod_terminates(every_privilege: Isolated) -> None:
    normally, broken = every_privilege.run(_terminating)
    assert normally == [1, 1]
    assert broken == [1, 0]


def _connections() -> list[str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(2)))
        w.said("client1", CLUSTER_IP)
        return [line for line in w.proxies[0].connections() if "dst=10.96.0.5" in line]


def test_connections_are_listed_as_conntrack_shows_them(isolated: Isolated) -> None:
    (line,) = isolated.run(_connections)
    assert line.startswith("tcp 6 ")
    assert "src=10.244.1.3 dst=10.96.0.5 " in line
    assert " dport=80 src=10.244.2.2 dst=10.244.1.3 sport=8080 " in line


def _vandalised() -> list[object]:
    """Somebody deletes the table; the next change puts everything back."""
    w = World()
    w.serve(exposed(), endpoint_slice(Pod(1)))
    w.serve(service("other", "10.96.0.6"), endpoint_slice(Pod(2)), key="d/other")
    vandal = Transactions(netfilter_socket(w.nodes[0].ns))
    vandal.run([[[TableMessages(TABLE).delete_table()]]])
    vandal.close()
    seen: list[object] = [w.said("client1", CLUSTER_IP)]
    w.serve(exposed(), endpoint_slice(Pod(3)))
    seen += [w.who("client1", CLUSTER_IP, 3), w.who("client1", "10.96.0.6:80", 3), w.reloads]
    w.close()
    return seen


def test_a_deleted_table_is_put_back_at_the_next_change(isolated: Isolated) -> None:
    assert isolated.run(_vandalised) == ["timeout", "pod3", "pod2", 1]


def _portions() -> list[object]:
    with world() as w:
        proxy = w.proxies[0]
        for number in range(5):
            web = service(f"s{number}", f"10.96.1.{number}")
            proxy.update(f"d/s{number}", web, [endpoint_slice(Pod(1))])
        states: list[object] = []
        while proxy.pending:
            proxy.flush(2)
            states.append(len(proxy.rules.elements.get("cluster-ips", {})))
        return states


def test_much_is_programmed_in_portions(isolated: Isolated) -> None:
    assert isolated.run(_portions) == [1, 3, 5]
