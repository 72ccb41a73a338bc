"""What a failed scenario's cluster looked like, gathered before it is taken away.

Each collector is on its own: one that fails says so in its section and hides nothing else. Only
what the scenario made and the nodes' rules for it are read, so that no token or Secret is in it.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from kubeproof.cluster.agreement import compared
from kubeproof.cluster.base import Cluster
from kubeproof.cluster.pool import is_idle
from kubeproof.cluster.trace import Trace
from kubeproof.cluster.workload import DISCOVERY, Workload
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

PATIENCE = 10.0  # seconds for one collector

Collector = Callable[[], str]


def gathered(cluster: Cluster, workload: Workload) -> str:
    """What the API has, and where the nodes can be looked into their rules and connections."""
    sections = [
        f"== {title}\n{_had(collect, PATIENCE)}"
        for title, collect in _collectors(cluster, workload)
    ]
    return "\n\n".join(sections) + "\n"


def _collectors(cluster: Cluster, workload: Workload) -> Iterator[tuple[str, Collector]]:
    api, namespace = workload.api, workload.namespace

    def listed(kind: str, group: str = "v1", where: str = namespace) -> Collector:
        return lambda: _told(api.list(kind, where, group=group))

    yield "Services", listed("Service")
    yield "EndpointSlices", listed("EndpointSlice", DISCOVERY)
    yield "Pods", listed("Pod")
    yield "Events", lambda: _happened(api.list("Event", namespace))
    yield "Nodes", listed("Node", where="")
    yield (
        "EndpointSlices against Services",
        lambda: compared(
            api.list("Service", namespace),
            api.list("EndpointSlice", namespace, group=DISCOVERY),
            [obj for obj in api.list("Pod", namespace) if not is_idle(obj)],
        ),
    )
    trace = partial(_trace, workload)
    yield "Service rules", lambda: _of_nodes(api, lambda node: trace().rules(cluster.rules(node)))
    yield (
        "Tracked connections",
        lambda: _of_nodes(api, lambda node: trace().connections(cluster.connections(node))),
    )


def _trace(workload: Workload) -> Trace:
    """What the scenario had, also what is gone: stale rules are about that."""
    return Trace.of(workload.met_services.values(), workload.met_pods.values())


def _of_nodes(api: "Api", look: Callable[[str], str]) -> str:
    """What each node has, in a section of its own; the nodes are looked into side by side."""
    nodes = [str(obj["metadata"]["name"]) for obj in api.list("Node")]

    def had(node: str) -> str:
        return _had(partial(look, node), PATIENCE * 0.8) or "none"

    with ThreadPoolExecutor(max(1, len(nodes))) as pool:
        seen = list(pool.map(had, nodes))
    return "\n\n".join(f"-- {node}\n{text}" for node, text in zip(nodes, seen, strict=True))


def _happened(events: list[Object]) -> str:
    """A line for each event; who is concerned, and what the cluster said of it."""
    return "\n".join(_event(event) for event in events) or "none"


def _event(event: Object) -> str:
    of: Object = event.get("involvedObject") or {}
    when = event.get("lastTimestamp") or event.get("eventTime") or ""
    who = f"{of.get('kind', '')} {of.get('name', '')}"
    words = (when, event.get("type", ""), event.get("reason", ""), who)
    return f"{'  '.join(map(str, words))}: {event.get('message', '')}"


def _told(objects: list[Object]) -> str:
    return "\n".join(json.dumps(_plain(obj), ensure_ascii=False) for obj in objects) or "none"


def _plain(obj: Object) -> Object:
    """The object without who owns which of its fields."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


def _had(collect: Collector, patience: float) -> str:
    had: list[str] = []

    def work() -> None:
        try:
            had.append(collect())
        except Exception as error:  # noqa: BLE001 - none may hide the failure or the others
            had.append(f"could not be had: {error}")

    thread = Thread(target=work, daemon=True)  # one that hangs must not keep the run from ending
    thread.start()
    thread.join(patience)
    return had[0] if had else f"could not be had within {patience:g} s"
