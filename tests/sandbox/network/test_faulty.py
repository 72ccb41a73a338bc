"""Network faults follow the live set of faults."""

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.faulty import FAULTS, NetworkFaults
from kubeproof.sandbox.network.topology import Network
from tests.sandbox.network.echo import EchoServer, ask
from tests.sandbox.network.isolation import Isolated


def _switching() -> list[list[str]]:
    network = Network.build(2)
    faults = Faults(["node-link-cut@k8s-node1"])
    follower = NetworkFaults(network, faults)
    servers = [EchoServer(node.ns, node.name, 9000) for node in network.nodes.values()]
    rounds: list[list[str]] = []
    for names in (None, [], ["node-link-cut"], ["cluster-ip-leaked"], []):
        if names is not None:
            faults.replace(names)
        follower.apply()
        nodes = [ask(network.outside, node.address, 9000).who for node in network.nodes.values()]
        rounds.append([*nodes, ask(network.outside, "10.96.0.10", 80).who])
    for server in servers:
        server.close()
    network.close()
    return rounds


def test_network_faults_are_switched_on_and_off(isolated: Isolated) -> None:
    unreachable = "Network is unreachable"
    both = ["k8s-node1", "k8s-node2"]
    assert isolated.run(_switching) == [
        ["timeout", "k8s-node2", unreachable],
        [*both, unreachable],
        ["timeout", "timeout", unreachable],
        [*both, "timeout"],
        [*both, unreachable],
    ]
    assert FAULTS.keys() == {"cluster-ip-leaked", "node-link-cut", "pod-routes-missing"}
