"""Session affinity with real packets: remembered, kept through changes, forgotten in time."""

import time
from collections.abc import Callable

from kubeproof.sandbox.objects import Object
from tests.sandbox.network.echo import ask
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import EVERYWHERE, Pod, affinity, endpoint_slice, port, service
from tests.sandbox.proxy.world import World, world

CLUSTER_IP = "10.96.0.5:80"
EVERY = endpoint_slice(*EVERYWHERE)
# All of so many clients choose the same Pod again by chance once in 500,000 times.
CLIENTS = 12


def sticky(seconds: int) -> Object:
    return service(
        "web", "10.96.0.5", port(80, nodePort=30080), type="NodePort", **affinity(seconds)
    )


def _stickiness() -> dict[str, object]:
    with world() as w:
        w.serve(sticky(600), EVERY)
        first = w.who("client2", CLUSTER_IP, 1)
        seen: dict[str, object] = {
            "cluster IP": w.who("client2", CLUSTER_IP, 20) == first,
            "node port": len(w.who("outside", "172.30.0.11:30080", 20).split()),
        }
        w.serve(service("other", "10.96.0.6"), EVERY, key="d/other")
        seen["another Service came"] = w.who("client2", CLUSTER_IP, 20) == first
        w.serve(sticky(600), endpoint_slice(*EVERYWHERE, Pod(3, host=9)))
        seen["another endpoint came"] = w.who("client2", CLUSTER_IP, 20) == first
        rest = [pod for pod in EVERYWHERE if f"pod{pod.node}" != first]
        w.serve(sticky(600), endpoint_slice(*rest))
        seen["its endpoint went"] = w.who("client2", CLUSTER_IP, 20) in ("pod1", "pod2", "pod3")
        w.suffer("affinity-ignored")
        seen["affinity-ignored"] = len(w.who("client2", CLUSTER_IP).split())
        return seen


def test_a_client_stays_with_its_pod(every_privilege: Isolated) -> None:
    assert every_privilege.run(_stickiness) == {
        "cluster IP": True,
        "node port": 1,
        "another Service came": True,
        "another endpoint came": True,
        "its endpoint went": True,
        "affinity-ignored": 2,
    }


def _choices(w: World) -> list[str]:
    pods = [w.place(f"extra{number}") for number in range(CLIENTS)]
    return [ask(ns, "10.96.0.5", 80).who for ns in pods]


def _changes_within(w: World, seconds: float) -> bool:
    """Whether a client that was idle for longer than the timeout gets another Pod."""
    before = _choices(w)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(1.2)
        if _choices(w) != before:
            return True
    return False


def _with_clients(test: Callable[[World], object]) -> object:
    with world() as w:
        for number in range(CLIENTS):
            w.nodes[0].attach(f"d/extra{number}")
        return test(w)


def _forgetting() -> object:
    def expiry(w: World) -> list[bool]:
        w.serve(sticky(1), EVERY)
        normally = _changes_within(w, 10)
        w.suffer("affinity-forever")
        return [normally, _changes_within(w, 2)]

    return _with_clients(expiry)


def test_a_client_is_forgotten_in_time_unless_a_fault_forbids(isolated: Isolated) -> None:
    assert isolated.run(_forgetting) == [True, False]


def _changed_timeout() -> object:
    def change(w: World) -> bool:
        w.serve(sticky(600), EVERY)
        w.serve(sticky(1), EVERY)
        return _changes_within(w, 10)

    return _with_clients(change)


def test_the_timeout_can_change(isolated: Isolated) -> None:
    assert isolated.run(_changed_timeout) is True
