"""The warm pool: Pods of earlier scenarios that wait, Ready, for the next one that wants them.

A Pod joins a Service by its labels alone, so a Pod without any waits unseen until a scenario puts
its own labels on it. Pods keep the names that scenarios give them, and what a scenario would have
made otherwise is replaced: nothing has to be translated (docs/adr/0010).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.manifest import HOSTNAME, Manifest, pinned, placed, restricted
from kubeproof.model import Node, Object, Pod
from kubeproof.waiting import settle

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

    def warm(self, manifest: Manifest, nodes: Sequence[Node]) -> None:
        """Start every Pod of a manifest where the manifest has it, and wait for none of them."""
        there = {obj["metadata"]["name"]: obj for obj in self._pods()}
        for pod in (obj for obj in manifest.objects if obj["kind"] == "Pod"):
            node = nodes[_ordinal(pod) % len(nodes)]
            made = placed(
                restricted(pinned(pod, node.hostname), self.image), self.namespace, self.run.labels
            )
            made["metadata"]["labels"] = {IDLE: "true"}
            old = there.get(made["metadata"]["name"])
            if old is None:
                self._create(shaped(made))
            elif not _fits(old, shaped(made)):
                self._delete(old)

    def claim(self, pod: Object) -> None:
        """Give a Pod to the scenario: a waiting one if it is as it should be, else a new one."""
        name = pod["metadata"]["name"]
        there = next((obj for obj in self._pods() if obj["metadata"]["name"] == name), None)
        if there is not None and is_idle(there) and _fits(there, shaped(pod)):
            own: dict[str, str] = pod["metadata"].get("labels") or {}
            self._label(name, {IDLE: None, **own})
            return
        if there is not None:
            self._delete(there)
            self._await_gone(name)
        self.api.create(shaped(pod))

    def give_back(self) -> None:
        """Take the scenario's Services away, and make its Pods wait again where they are clean."""
        self.run.drop_services(self.namespace)
        for obj in self._pods():
            if _is_clean(obj):
                self._label(obj["metadata"]["name"], {**_taken_off(obj), IDLE: "true"})
            else:
                self._delete(obj)

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

    def _delete(self, obj: Object) -> None:
        if "deletionTimestamp" not in obj["metadata"]:
            self.api.delete("Pod", obj["metadata"]["name"], self.namespace)

    def _await_gone(self, name: str) -> None:
        settle(
            lambda: [obj["metadata"]["name"] for obj in self._pods()],
            lambda there: name not in there,
            what=f"the Pod {name} of an earlier scenario is gone",
            within=self.run.budgets.pods_ready,
            every=self.run.budgets.control_plane_poll,
        )


def _taken_off(obj: Object) -> dict[str, None]:
    """All labels but those the API server gave it: the topology of its node (since v1.35)."""
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return dict.fromkeys(key for key in labels if not key.startswith(_TOPOLOGY))


def _ordinal(pod: Object) -> int:
    """On which node, from 0, a manifest has a Pod: by the number its nodeSelector ends in."""
    selector: Mapping[str, Any] = pod["spec"].get("nodeSelector") or {}
    number = re.search(r"(\d+)$", str(selector.get(HOSTNAME, "")))
    return max(int(number[1]) - 1, 0) if number else 0


def _fits(obj: Object, wanted: Object) -> bool:
    """Whether a Pod is what another would be, but for its labels."""
    return _shape(obj) == _shape(wanted) and not _is_over(obj) and not _restarts(obj)


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
