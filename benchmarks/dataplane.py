"""How long the network and the Service rules of a sandbox take.

    python benchmarks/dataplane.py [SERVICES]

Needs nothing but Linux: it moves itself into namespaces of its own, with the capabilities at
hand or through a user namespace; run it as an ordinary user to see the latter. Every Service has
three endpoints, one on each of three nodes, and a node port.
"""

import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.isolation import isolate
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.topology import Network
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.base import TABLE, render_base
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.kernel import NftTable
from kubeproof.sandbox.proxy.model import Rules
from kubeproof.sandbox.proxy.render import render_service
from kubeproof.sandbox.proxy.sync import ServiceProxy

SERVICES = 1000
REPEATED = 30
CONNECTIONS = 300
NODE_PORT = 30000
# A transaction's limit below the send buffer that stock systems allow ordinary users.
STOCK_LIMIT = 200_000


def service(number: int) -> Object:
    """Service ``number``; the first has the first node port."""
    high, low = divmod(number, 250)
    port = {"name": "http", "port": 80, "protocol": "TCP", "nodePort": NODE_PORT + number}
    return {
        "metadata": {"namespace": "load", "name": f"s{number}"},
        "spec": {"type": "NodePort", "clusterIP": f"10.96.{1 + high}.{1 + low}", "ports": [port]},
    }


def endpoints(host: int = 2) -> Object:
    """A slice with one endpoint on each node."""
    return {
        "metadata": {"labels": {}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [
            {"addresses": [f"10.244.{node}.{host}"], "nodeName": f"k8s-node{node}"}
            for node in (1, 2, 3)
        ],
    }


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def show(name: str, taken: Sequence[float], wanted: str = "") -> None:
    """One row of the report, in milliseconds: median, least, most."""
    figures = (statistics.median(taken), min(taken), max(taken))
    print(f"{name:52}" + "".join(f"{1000 * one:9.2f}" for one in figures) + f"  {wanted}")


def measure_network() -> None:
    """Building networks, and Pods coming and going."""

    def build_and_close() -> float:
        began = time.perf_counter()
        network = Network.build(3)
        taken = time.perf_counter() - began
        network.close()
        return taken

    show("topology of three nodes", [build_and_close() for _ in range(20)], "at most 50")
    network = Network.build(3)
    node = network.nodes["k8s-node1"]
    attached = [seconds(lambda n=n: node.attach(f"d/{n}")) for n in range(100)]
    show("Pod attached", attached, "about 2")
    show("Pod closed", [seconds(pod.close) for pod in list(node.pods.values())])
    network.close()


def measure_rules(network: Network, count: int) -> list[ServiceProxy]:
    """Loading many Services, then one change at a time among them."""
    proxies = [ServiceProxy(node, Faults()) for node in network.nodes.values()]

    def program(numbers: Sequence[int], slices: Sequence[Object] | None) -> None:
        for proxy in proxies:
            for number in numbers:
                wanted = None if slices is None else service(number)
                proxy.update(f"load/s{number}", wanted, slices or ())
            proxy.flush()

    first = seconds(lambda: program(range(count), [endpoints()]))
    show(f"{count} Services loaded on three nodes", [first])
    more = range(count, count + REPEATED)
    grow = [seconds(lambda n=n: program([n], [endpoints()])) for n in more]
    show("one more Service on three nodes", grow, "at most 50")
    change = [seconds(lambda n=n: program([n], [endpoints(3)])) for n in more]
    show("endpoints of one Service changed on three nodes", change)
    shrink = [seconds(lambda n=n: program([n], None)) for n in more]
    show("one Service less on three nodes", shrink)
    return proxies


def measure_stock_limit(count: int) -> None:
    """The load of one node with the send buffer of an ordinary user on a stock system."""
    node = NodeFacts("k8s-node1", "172.30.0.11", "10.244.1.0/24")
    parts: dict[str, Rules] = {"": render_base(node)}
    for number in range(count):
        parts[f"load/s{number}"] = render_service(service(number), [endpoints()], node)
    ns = NetNs.create()
    table = NftTable(ns, TABLE, limit=STOCK_LIMIT)
    taken = seconds(lambda: table.commit(parts))
    show(f"{count} Services on one node, transactions <= 200 kB", [taken])
    print(f"{'':4}in {table.transactions} transactions")
    table.close()
    ns.close()


def measure_connections(network: Network) -> None:
    """New connections from outside through a node port, answered and closed."""
    for node in network.nodes.values():
        listener = node.attach("load/pod").ns.socket()
        listener.bind(("0.0.0.0", 8080))
        listener.listen(128)
        threading.Thread(target=answer, args=(listener,), daemon=True).start()

    def connect() -> None:
        with network.outside.socket() as client:
            client.settimeout(5)
            client.connect(("172.30.0.11", NODE_PORT))
            client.sendall(b"who")
            client.recv(100)

    connect()
    show("connection through a node port", [seconds(connect) for _ in range(CONNECTIONS)])


def answer(listener: socket.socket) -> None:
    """Answer every connection."""
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"me")


def main(count: int) -> int:
    """Measure in a child: the process that isolates itself may start no thread after that."""
    load, processors, user = os.getloadavg()[0], os.cpu_count(), os.getuid()
    way = isolate()
    print(f"load before: {load:.2f}, {processors} processors, uid {user}, by {way}", flush=True)
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    measure(count)
    return 0


def measure(count: int) -> None:
    """Run and print."""
    print(f"{'milliseconds':52}{'median':>9}{'least':>9}{'most':>9}  wanted")
    measure_network()
    network = Network.build(3)
    measure_rules(network, count)
    measure_connections(network)
    network.close()
    measure_stock_limit(2 * count)
    print(f"load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES))
