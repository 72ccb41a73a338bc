"""Labels and taints that a scenario puts on nodes, and takes off when it ends.

Their value tells whose they are and since when, so that ``kubeproof clean`` finds those of a run
that was killed. Whoever else has put the same mark on a node keeps it.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

LABEL, TAINT = "labelled", "tainted"
_VALUE = re.compile(r"kubeproof-([0-9a-f]+)-(\d+)")
TRIES = 5  # a node's status is written all the time
_CONFLICT, _FORBIDDEN = 409, 403


@dataclass(frozen=True, slots=True)
class Mark:
    """A label or a taint of a node, with the value that it has or is to have."""

    what: str  # LABEL or TAINT
    key: str
    value: str

    @property
    def run(self) -> str:
        """The run whose it is; empty where it is nobody's of ours."""
        found = _VALUE.fullmatch(self.value)
        return found[1] if found else ""

    @property
    def age(self) -> timedelta:
        """How long ago it was put there."""
        found = _VALUE.fullmatch(self.value)
        return timedelta(seconds=time.time() - int(found[2])) if found else timedelta(0)


@dataclass
class NodeMarks:
    """The marks of one scenario."""

    api: "Api"
    run: str
    _made: list[tuple[str, Mark]] = field(default_factory=list[tuple[str, Mark]])

    def put(self, node: str, what: str, key: str) -> None:
        """Put a label or a taint on a node.

        A taint has the mildest effect there is: who reacts to its key does not look at that.

        Raises:
            CheckBroken: this user may not, or the node has it already.
        """
        mark = Mark(what, key, f"kubeproof-{self.run}-{int(time.time())}")
        self._made.append((node, mark))

        def added(obj: Object) -> Object:
            if any((one.what, one.key) == (what, key) for one in marks_of(obj)):
                raise CheckBroken(f"node {node} is {what} {key} already; choose another cluster")
            return _with(obj, mark)

        _change(self.api, node, added)

    def clear(self) -> None:
        """Take every mark off that was put here."""
        while self._made:
            node, mark = self._made.pop()
            take_off(self.api, node, mark)


def take_off(api: "Api", node: str, mark: Mark) -> None:
    """Take a mark off a node, if it still has that very one.

    Raises:
        CheckBroken: this user may not.
    """
    _change(api, node, lambda obj: _without(obj, mark) if mark in marks_of(obj) else {})


def marks_of(node: Object) -> Iterator[Mark]:
    """Every label and every taint of a node."""
    labels: Mapping[str, str] = node["metadata"].get("labels") or {}
    for key, value in labels.items():
        yield Mark(LABEL, key, value)
    for taint in _taints(node):
        yield Mark(TAINT, taint["key"], taint.get("value", ""))


def _taints(node: Object) -> Sequence[Object]:
    return node.get("spec", {}).get("taints") or ()


def _with(node: Object, mark: Mark) -> Object:
    if mark.what == LABEL:
        return {"metadata": {"labels": {mark.key: mark.value}}}
    taint = {"key": mark.key, "value": mark.value, "effect": "PreferNoSchedule"}
    return {"spec": {"taints": [*_taints(node), taint]}}


def _without(node: Object, mark: Mark) -> Object:
    if mark.what == LABEL:
        return {"metadata": {"labels": {mark.key: None}}}
    kept = [
        one for one in _taints(node) if (one["key"], one.get("value")) != (mark.key, mark.value)
    ]
    return {"spec": {"taints": kept}}


def _change(api: "Api", name: str, change: Callable[[Object], Object]) -> None:
    """Patch a node as it is now: a list of taints is replaced as a whole."""
    for _ in range(TRIES):
        node = next((one for one in api.list("Node") if one["metadata"]["name"] == name), None)
        if node is None or not (patch := change(node)):
            return
        patch.setdefault("metadata", {})["resourceVersion"] = node["metadata"]["resourceVersion"]
        try:
            api.patch("Node", name, "", patch)
        except Rejected as refusal:
            if refusal.code == _CONFLICT:
                continue
            hint = "; manifests/base/rbac-disruption.yaml grants it"
            why = f"{refusal}{hint if refusal.code == _FORBIDDEN else ''}"
            raise CheckBroken(f"node {name} cannot be changed: {why}") from refusal
        return
    raise CheckBroken(f"node {name} cannot be changed: others change it all the time")
