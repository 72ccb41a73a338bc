"""What a failed scenario's cluster looked like, gathered before it is taken away.

Each collector is on its own: one that fails says so in its section and hides nothing else. Only
what the scenario made and the nodes' rules for it are read, so that no token or Secret is in it.
"""

import json
from collections.abc import Callable, Iterator
from threading import Thread

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.workload import DISCOVERY, Workload
from kubeproof.model import Object

PATIENCE = 10.0  # seconds for one collector

Collector = Callable[[], str]


def gathered(cluster: Cluster, workload: Workload) -> str:
    """Services, EndpointSlices, Pods, events, nodes, and where it can be had each node's rules."""
    sections = [f"== {title}\n{_had(collect)}" for title, collect in _collectors(cluster, workload)]
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
    yield "Service rules", lambda: "\n\n".join(_rules(cluster, workload)) or "not to be had"


def _rules(cluster: Cluster, workload: Workload) -> Iterator[str]:
    for obj in workload.api.list("Node"):
        name = str(obj["metadata"]["name"])
        if rules := cluster.rules(name):
            yield f"-- {name}\n{rules}"


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


def _had(collect: Collector) -> str:
    had: list[str] = []

    def work() -> None:
        try:
            had.append(collect())
        except Exception as error:  # noqa: BLE001 - none may hide the failure or the others
            had.append(f"could not be had: {error}")

    thread = Thread(target=work, daemon=True)  # one that hangs must not keep the run from ending
    thread.start()
    thread.join(PATIENCE)
    return had[0] if had else f"could not be had within {PATIENCE:g} s"
