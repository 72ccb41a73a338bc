"""Real packets through real rules: what a client meets, with everything right and with faults."""

import socket

from kubeproof.sandbox.objects import Object
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import (
    EVERYWHERE,
    EXTERNAL_IP,
    VIP,
    Pod,
    endpoint_slice,
    port,
    service,
)
from tests.sandbox.proxy.world import UDP, world

CLUSTER_IP = "10.96.0.5:80"
EVERY = endpoint_slice(*EVERYWHERE)
ALL = "pod1 pod2 pod3"


def node_port(number: int) -> str:
    return f"172.30.0.{10 + number}:30080"


def exposed(**spec: object) -> Object:
    return service("web", "10.96.0.5", port(80, nodePort=30080), **{"type": "NodePort", **spec})


def _cluster_policy() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(externalIPs=[EXTERNAL_IP]), EVERY)
        seen = {"outside to cluster IP": w.said("outside", CLUSTER_IP)}
        for place in ("client1", "node1", "node3", "pod2"):
            seen[f"{place} to cluster IP"] = w.who(place, CLUSTER_IP)
        for number in (1, 2, 3):
            seen[f"outside to node {number}"] = w.who("outside", node_port(number))
        seen["Pod to node port"] = w.who("client1", node_port(2))
        seen["node to its node port"] = w.who("node1", node_port(1))
        seen["Pod to external IP"] = w.who("client1", f"{EXTERNAL_IP}:80")
        return seen


def test_policy_cluster_spreads_from_everywhere(every_privilege: Isolated) -> None:
    seen = every_privilege.run(_cluster_policy)
    assert seen.pop("outside to cluster IP") == "Network is unreachable"
    assert set(seen.values()) == {ALL}, seen


def _sources() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(1)))
        return {
            "Pod": w.said("client2", CLUSTER_IP),
            "Pod of the same node": w.said("client1", CLUSTER_IP),
            "the Pod itself": w.said("pod1", CLUSTER_IP),
            "node": w.said("node2", CLUSTER_IP),
            "outside, by the Pod's node": w.said("outside", node_port(1)),
            "outside, by another node": w.said("outside", node_port(2)),
        }


def test_which_source_a_pod_sees(isolated: Isolated) -> None:
    assert isolated.run(_sources) == {
        "Pod": "pod1 10.244.2.3",
        "Pod of the same node": "pod1 10.244.1.3",
        "the Pod itself": "pod1 10.244.1.1",
        "node": "pod1 172.30.0.12",
        "outside, by the Pod's node": "pod1 10.244.1.1",
        "outside, by another node": "pod1 172.30.0.12",
    }


def _external_local() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(externalTrafficPolicy="Local"), endpoint_slice(Pod(1), Pod(2)))
        seen = {f"node {n}": w.said("outside", node_port(n)) for n in (1, 2, 3)}
        seen["Pod by the node without"] = w.who("client3", node_port(3))
        seen["node without, itself"] = w.who("node3", node_port(3))
        seen["cluster IP"] = w.who("client3", CLUSTER_IP)
        return seen


def test_external_policy_local(isolated: Isolated) -> None:
    assert isolated.run(_external_local) == {
        "node 1": "pod1 172.30.0.254",
        "node 2": "pod2 172.30.0.254",
        "node 3": "timeout",
        "Pod by the node without": "pod1 pod2",
        "node without, itself": "pod1 pod2",
        "cluster IP": "pod1 pod2",
    }


def _internal_local() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(internalTrafficPolicy="Local"), endpoint_slice(Pod(1), Pod(2)))
        return {
            "Pod": w.who("client1", CLUSTER_IP, 10),
            "node": w.who("node2", CLUSTER_IP, 10),
            "Pod of a node without": w.said("client3", CLUSTER_IP),
            "node without": w.said("node3", CLUSTER_IP),
            "outside": w.who("outside", node_port(3)),
        }


def test_internal_policy_local(isolated: Isolated) -> None:
    assert isolated.run(_internal_local) == {
        "Pod": "pod1",
        "node": "pod2",
        "Pod of a node without": "timeout",
        "node without": "timeout",
        "outside": "pod1 pod2",
    }


def _load_balancer() -> dict[str, str]:
    with world() as w:
        balanced = exposed(type="LoadBalancer", ingress=[VIP])
        w.nodes[2].announce(VIP)
        w.serve(balanced, EVERY)
        seen = {"outside": w.who("outside", f"{VIP}:80"), "Pod": w.who("client1", f"{VIP}:80")}
        seen["node that has it"] = w.who("node3", f"{VIP}:80")
        seen["node port of it"] = w.who("outside", node_port(1))
        w.serve(
            exposed(type="LoadBalancer", ingress=[VIP], loadBalancerSourceRanges=["10.1.0.0/16"]),
            EVERY,
        )
        seen["source not admitted"] = w.said("outside", f"{VIP}:80")
        seen["source not admitted, node port"] = w.who("outside", node_port(1))
        w.serve(
            exposed(
                type="LoadBalancer",
                ingress=[VIP],
                loadBalancerSourceRanges=["10.1.0.0/16", "172.30.0.254/32"],
            ),
            EVERY,
        )
        seen["source admitted"] = w.who("outside", f"{VIP}:80")
        return seen


def test_load_balancer_addresses_and_their_source_ranges(isolated: Isolated) -> None:
    assert isolated.run(_load_balancer) == {
        "outside": ALL,
        "Pod": ALL,
        "node that has it": ALL,
        "node port of it": ALL,
        "source not admitted": "timeout",
        "source not admitted, node port": ALL,
        "source admitted": ALL,
    }


def _refusals() -> dict[str, str]:
    with world() as w:
        w.serve(exposed(), endpoint_slice())
        places = ("client1", "node1", "node3")
        seen = {place: w.who(place, CLUSTER_IP, 8) for place in places}
        seen["outside"] = w.who("outside", node_port(2), 8)
        seen["node port from node"] = w.who("node1", node_port(1), 8)
        w.serve(exposed(), EVERY)
        seen["other port"] = w.who("client1", "10.96.0.5:81", 8)
        seen["no such Service"] = w.said("client1", "10.96.7.7:80")
        w.serve(None)
        seen["Service gone"] = w.said("client1", CLUSTER_IP)
        seen["node port gone"] = w.said("outside", node_port(1))
        return seen


def test_what_is_refused_and_what_is_dropped(isolated: Isolated) -> None:
    assert isolated.run(_refusals) == {
        "client1": "refused",
        "node1": "refused",
        "node3": "refused",
        "outside": "refused",
        "node port from node": "refused",
        "other port": "refused",
        "no such Service": "timeout",
        "Service gone": "timeout",
        "node port gone": "refused",
    }


def _datagrams() -> dict[str, str]:
    with world() as w:
        udp = service("web", "10.96.0.5", port(80, nodePort=30080, protocol="UDP"), type="NodePort")
        w.serve(udp, endpoint_slice(Pod(2), protocol="UDP"))
        seen = {
            "Pod": w.said("client1", CLUSTER_IP, UDP),
            "node": w.said("node1", CLUSTER_IP, UDP),
            "outside": w.said("outside", node_port(1), UDP),
            "hairpin": w.said("pod2", CLUSTER_IP, UDP),
            "TCP": w.said("client1", CLUSTER_IP),
        }
        w.serve(udp, endpoint_slice(protocol="UDP"))
        seen["nobody"] = w.said("client3", CLUSTER_IP, UDP)
        return seen


def test_datagrams(isolated: Isolated) -> None:
    assert isolated.run(_datagrams) == {
        "Pod": "pod2 10.244.1.3",
        "node": "pod2 172.30.0.11",
        "outside": "pod2 172.30.0.11",
        "hairpin": "pod2 10.244.2.1",
        "TCP": "refused",
        "nobody": "refused",
    }


def _terminating() -> dict[str, str]:
    leaving = Pod(1, ready=False, terminating=True)
    with world() as w:
        w.serve(exposed(), endpoint_slice(leaving, Pod(2)))
        seen = {"beside a ready one": w.who("client3", CLUSTER_IP, 20)}
        w.serve(exposed(), endpoint_slice(leaving))
        seen["alone"] = w.who("client3", CLUSTER_IP, 5)
        seen["alone, node port"] = w.who("outside", node_port(3), 5)
        w.serve(exposed(), endpoint_slice(Pod(1, ready=False, serving=False, terminating=True)))
        seen["not serving any more"] = w.said("client3", CLUSTER_IP)
        return seen


def test_terminating_endpoints_are_a_last_resort(isolated: Isolated) -> None:
    assert isolated.run(_terminating) == {
        "beside a ready one": "pod2",
        "alone": "pod1",
        "alone, node port": "pod1",
        "not serving any more": "refused",
    }


def _established() -> list[str]:
    """A connection goes on although its endpoint, and then the Service, are gone."""
    with world() as w, w.place("pod1").socket() as listener:
        listener.bind(("0.0.0.0", 9090))
        listener.listen()
        w.serve(service(), endpoint_slice(Pod(1), port=9090))
        client = w.place("client2").socket()
        client.settimeout(5)
        client.connect(("10.96.0.5", 80))
        accepted, _ = listener.accept()
        said: list[str] = []
        for web in (service(), None):
            w.serve(web, endpoint_slice(Pod(3)))
            client.sendall(b"still here")
            said.append(accepted.recv(100).decode())
            accepted.sendall(b"so am I")
            said.append(client.recv(100).decode())
        client.close()
        accepted.close()
        return said


def test_established_connections_survive_changes(isolated: Isolated) -> None:
    assert isolated.run(_established) == ["still here", "so am I"] * 2


def _broken() -> dict[str, str]:
    """Faults that show only in packets: answers that do not find their way back."""
    with world() as w:
        w.serve(exposed(), endpoint_slice(Pod(2)))
        w.suffer("no-masquerade")
        seen = {"no-masquerade, other node": w.said("outside", node_port(1))}
        seen["no-masquerade, its node"] = w.said("outside", node_port(2))
        w.suffer("no-hairpin")
        seen["no-hairpin"] = w.said("pod2", CLUSTER_IP)
        w.suffer("same-node-missing")
        seen["same-node-missing, same"] = w.said("client2", CLUSTER_IP)
        seen["same-node-missing, other"] = w.said("client1", CLUSTER_IP)
        w.suffer("node-port-missing@k8s-node1")
        seen["node-port-missing, there"] = w.said("outside", node_port(1))
        seen["node-port-missing, elsewhere"] = w.said("outside", node_port(3)).split()[0]
        w.suffer("target-port-not-translated")
        seen["target-port-not-translated"] = w.said("client1", CLUSTER_IP)
        w.suffer("node-traffic-not-translated")
        seen["node-traffic-not-translated"] = w.said("node1", CLUSTER_IP)
        w.suffer()
        seen["mended"] = w.said("pod2", CLUSTER_IP)
        return seen


def test_faults_show_in_packets(isolated: Isolated) -> None:
    assert isolated.run(_broken) == {
        "no-masquerade, other node": "timeout",
        "no-masquerade, its node": "pod2 172.30.0.254",
        "no-hairpin": "timeout",
        "same-node-missing, same": "timeout",
        "same-node-missing, other": "pod2 10.244.1.3",
        "node-port-missing, there": "refused",
        "node-port-missing, elsewhere": "pod2",
        "target-port-not-translated": "refused",
        "node-traffic-not-translated": "refused",
        "mended": "pod2 10.244.2.1",
    }


def _large_answers() -> int:
    """More than one packet each way, through translation on two nodes."""
    with world() as w, w.place("pod1").socket() as listener:
        listener.bind(("0.0.0.0", 9090))
        listener.listen()
        w.serve(exposed(), endpoint_slice(Pod(1), port=9090))
        client = w.place("outside").socket()
        client.settimeout(5)
        client.connect(("172.30.0.13", 30080))
        accepted, _ = listener.accept()
        accepted.sendall(bytes(100_000))
        accepted.shutdown(socket.SHUT_WR)
        size = 0
        while part := client.recv(65536):
            size += len(part)
        client.close()
        accepted.close()
        return size


def test_large_answers_pass(isolated: Isolated) -> None:
    assert isolated.run(_large_answers) == 100_000
