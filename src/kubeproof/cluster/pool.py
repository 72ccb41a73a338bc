"""The warm pool: Pods of earlier scenarios that wait, Ready, for the next one that wants them.

A Pod joins a Service by its labels alone, so a Pod without any waits unseen until a scenario puts
its own labels on it. Pods keep the names that scenarios give them, and what a scenario would have
made otherwise is replaced: nothing has to be translated (docs/adr/0010).
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.manifest import HOSTNAME, Manifest, pinned, placed, restricted
from kubeproof.model import Node, Object, Pod

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

IDLE = "kubeproof.dev/idle"  # label of a Pod that no scenario has
_TOPOLOGY = "topology.kubernetes.io/"
SHAPE = "kubeproof.dev/shape"  # annotation: what it was made as


def shaped(pod: Object) -> Object:
    """The Pod with a mark of all that labels cannot change."""
    text = json.dumps(pod["spec"], sort_keys=True)
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    pod["metadata"].setdefault("annotations", {})[SHAPE] = mark
    return pod


def is_idle(obj: Object) -> bool:
    """Whether the Pod waits in a pool and belongs to no scenario."""
    return IDLE in (obj["metadata"].get("labels") or {})


@dataclass
class Pool:
    """The namespace in which the scenarios of one run follow each other, and its Pods."""

    run: Run
    image: str = ""

    @cached_property
    def namespace(self) -> str:
        """Where all the scenarios are; a worker has a run, and so a pool, of its own."""
        return self.run.make_namespace("scenarios")

    @property
    def api(self) -> "Api":
        """The cluster's API."""
        return self.run.api

    def make_ready(self, manifest: Manifest, nodes: Sequence[Node], soon: Collection[str]) -> None:
        """Have every Pod of a manifest wait; those that are wanted soon may keep their labels.

        A Pod that loses its labels and gets them back at once has its kubelet busy for two
        seconds, during which it is not even stopped. Nothing selects it until a Service is there.
        """
        wanted = self._warmed(manifest, nodes)
        for obj in self._pods():
            name = obj["metadata"]["name"]
            stays = name in soon and name in wanted and _is_as(obj, wanted[name])
            if not is_idle(obj) and not _is_over(obj) and not stays:
                self._label(name, {**_taken_off(obj), IDLE: "true"})
        self.warm(manifest, nodes, replacing=True)

    def warm(self, manifest: Manifest, nodes: Sequence[Node], *, replacing: bool = False) -> None:
        """Start the Pods of a manifest that are not there, and wait for none of them.

        With ``replacing`` also in place of those that are there and are otherwise.
        """
        there = {obj["metadata"]["name"]: obj for obj in self._pods()}
        for name, pod in self._warmed(manifest, nodes).items():
            pod["metadata"]["labels"] = {IDLE: "true"}
            if name not in there:
                self._create(pod)
            elif replacing and is_idle(there[name]) and not _fits(there[name], pod):
                self._delete(name)
                self._create(pod)

    def _warmed(self, manifest: Manifest, nodes: Sequence[Node]) -> dict[str, Object]:
        """The Pods of a manifest where it has them, by name."""
        return {
            pod["metadata"]["name"]: shaped(
                placed(
                    restricted(pinned(pod, nodes[_ordinal(pod) % len(nodes)].hostname), self.image),
                    self.namespace,
                    self.run.labels,
                )
            )
            for pod in manifest.objects
            if pod["kind"] == "Pod"
        }

    def claim(self, pod: Object) -> None:
        """Give a Pod to the scenario: a waiting one if it is as it should be, else a new one."""
        name = pod["metadata"]["name"]
        there = next((obj for obj in self._pods() if obj["metadata"]["name"] == name), None)
        if there is None:
            self.api.create(shaped(pod))
        elif not _fits(there, shaped(pod)):
            self._delete(name)
            self.api.create(shaped(pod))
        elif not _is_as(there, shaped(pod)):
            self._label(name, {**_taken_off(there), **_own_labels(pod)})

    def give_back(self) -> None:
        """Take the scenario's Services away, and the Pods that no other scenario may have."""
        self.run.drop_services(self.namespace)
        for obj in self._pods():
            if not _is_clean(obj):
                self._delete(obj["metadata"]["name"])

    def _pods(self) -> list[Object]:
        return self.api.list("Pod", self.namespace)

    def _label(self, name: str, labels: Mapping[str, str | None]) -> None:
        self.api.patch("Pod", name, self.namespace, {"metadata": {"labels": dict(labels)}})

    def _create(self, pod: Object) -> None:
        """Start a Pod ahead of time; where that is refused, the claim will say so."""
        try:
            self.api.create(pod)
        except Rejected:
            return

    def _delete(self, name: str) -> None:
        """Take a Pod away at once: no Service leads to it, and it has nothing to put away."""
        self.api.delete("Pod", name, self.namespace, grace_seconds=0)


def _own_labels(obj: Object) -> dict[str, str]:
    """All labels but those the API server gave it: the topology of its node (since v1.35)."""
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return {key: text for key, text in labels.items() if not key.startswith(_TOPOLOGY)}


def _taken_off(obj: Object) -> dict[str, None]:
    return dict.fromkeys(_own_labels(obj))


def _ordinal(pod: Object) -> int:
    """On which node, from 0, a manifest has a Pod: by the number its nodeSelector ends in."""
    selector: Mapping[str, Any] = pod["spec"].get("nodeSelector") or {}
    number = re.search(r"(\d+)$", str(selector.get(HOSTNAME, "")))
    return max(int(number[1]) - 1, 0) if number else 0


def _fits(obj: Object, wanted: Object) -> bool:
    """Whether a Pod is what another would be, but for its labels."""
    return _shape(obj) == _shape(wanted) and not _is_over(obj) and not _restarts(obj)


def _is_as(obj: Object, wanted: Object) -> bool:
    """Whether a Pod is what another would be, with its labels."""
    return _fits(obj, wanted) and _own_labels(obj) == _own_labels(wanted)


def _shape(obj: Object) -> str:
    annotations: Mapping[str, str] = obj["metadata"].get("annotations") or {}
    return annotations.get(SHAPE, "")


def _is_clean(obj: Object) -> bool:
    """Whether the next scenario may have the Pod: it is Ready and has never been restarted."""
    warming = is_idle(obj)  # nobody has wanted it yet
    return (
        bool(_shape(obj))
        and not _is_over(obj)
        and not _restarts(obj)
        and (warming or Pod.of(obj).ready)
    )


def _is_over(obj: Object) -> bool:
    phase = obj.get("status", {}).get("phase")
    return "deletionTimestamp" in obj["metadata"] or phase in ("Succeeded", "Failed")


def _restarts(obj: Object) -> int:
    statuses: Sequence[Object] = obj.get("status", {}).get("containerStatuses") or ()
    return sum(int(status["restartCount"]) for status in statuses)
