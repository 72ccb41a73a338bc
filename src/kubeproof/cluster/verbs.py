"""The verbs that an API offers for every kind: each is tried on an object, and its effect seen.

(reference/using-api/api-concepts, "Resource URIs" and "Efficient detection of changes")
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import PromiseBroken
from kubeproof.model import Object
from kubeproof.waiting import Budgets, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

MARK = "kubeproof.dev/verb"  # label: the verb that put it there


@dataclass(frozen=True)
class Subject:
    """One object on which verbs are tried; what is said of it starts with its kind and name."""

    api: "Api"
    budgets: Budgets
    kind: str
    version: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    def read(self) -> Object:
        """The object as it is now. Raises Rejected where there is none."""
        return self.api.get(self.kind, self.name, self.namespace, group=self.version)

    def promised(self, holds: bool, wish: str, seen: object) -> None:
        """See that it is so."""
        if not holds:
            raise PromiseBroken(f"{self} {wish}; seen: {seen}")


def try_out(subject: Subject, verbs: Sequence[str]) -> None:
    """Try these verbs on the object, in this order; the last may end it.

    Raises:
        PromiseBroken: one is refused, or has no effect.
    """
    for verb in verbs:
        try:
            VERBS[verb](subject)
        except Rejected as error:
            raise PromiseBroken(f"{subject} can be {verb}; seen: {error}") from error


def _read(subject: Subject) -> None:
    found = subject.read()["metadata"]["name"]
    subject.promised(found == subject.name, "can be read", found)


def _listed(subject: Subject) -> None:
    """In its namespace, and without naming one among those of all."""
    for namespace in dict.fromkeys((subject.namespace, "")):
        listed = subject.api.list(subject.kind, namespace, group=subject.version)
        there = [(one["metadata"].get("namespace", ""), one["metadata"]["name"]) for one in listed]
        where = f"of namespace {namespace}" if namespace else "of the whole cluster"
        wish = f"can be listed: it is among the {subject.kind} objects {where}"
        subject.promised((subject.namespace, subject.name) in there, wish, there)


def _watched(subject: Subject) -> None:
    since = str(subject.read()["metadata"]["resourceVersion"])
    _mark(subject, "watched")
    seen = [
        event
        for event in subject.api.watch(
            subject.kind,
            subject.namespace,
            group=subject.version,
            since=since,
            within=subject.budgets.endpoints,
            until=lambda event: _marked(event["object"]) == "watched",
        )
        if event["object"]["metadata"]["name"] == subject.name
    ]
    wish = "can be watched: its change is told"
    told = [event["type"] for event in seen]
    subject.promised("MODIFIED" in told, wish, told)


def _patched(subject: Subject) -> None:
    _mark(subject, "patched")
    wish = "can be patched: it has the label it was given"
    subject.promised(_marked(subject.read()) == "patched", wish, _marked(subject.read()))


def _replaced(subject: Subject) -> None:
    obj = subject.read()
    obj["metadata"].setdefault("labels", {})[MARK] = "replaced"
    subject.api.replace(obj)
    wish = "can be replaced: it has the label it was given"
    subject.promised(_marked(subject.read()) == "replaced", wish, _marked(subject.read()))


def _given_a_status(subject: Subject) -> None:
    condition = {
        "type": "KubeproofWasHere",
        "status": "True",
        "reason": "Tried",
        "message": "",
        "lastTransitionTime": "2020-01-01T00:00:00Z",
    }
    given: Object = {"conditions": [condition]}
    subject.api.patch_status(subject.kind, subject.name, subject.namespace, given)
    status: Object = subject.read().get("status") or {}
    found = [one["type"] for one in status.get("conditions") or ()]
    subject.promised(condition["type"] in found, "can be given a status", found)


def _deleted(subject: Subject) -> None:
    subject.api.delete(subject.kind, subject.name, subject.namespace, group=subject.version)
    _await_gone(subject, "can be deleted: it is gone")


def _deleted_as_a_collection(subject: Subject) -> None:
    _mark(subject, "collected")
    labels = f"{MARK}=collected"
    subject.api.delete_collection(
        subject.kind, subject.namespace, group=subject.version, labels=labels
    )
    _await_gone(subject, "can be deleted as a collection: it is gone")


def _await_gone(subject: Subject, wish: str) -> None:
    def there() -> list[str]:
        """A finalizer is its controller's, and no business of who deletes."""
        listed = subject.api.list(subject.kind, subject.namespace, group=subject.version)
        return [one["metadata"]["name"] for one in listed if not _waits(one["metadata"])]

    settle(
        there,
        lambda names: subject.name not in names,
        what=f"{subject} {wish}",
        within=subject.budgets.endpoints,
        every=subject.budgets.control_plane_poll,
    )


def _waits(metadata: Object) -> bool:
    return "deletionTimestamp" in metadata and bool(metadata.get("finalizers"))


def _mark(subject: Subject, verb: str) -> None:
    patch: Object = {"metadata": {"labels": {MARK: verb}}}
    subject.api.patch(subject.kind, subject.name, subject.namespace, patch, group=subject.version)


def _marked(obj: Object) -> str:
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return labels.get(MARK, "")


VERBS: Mapping[str, Callable[[Subject], None]] = {
    "read": _read,
    "listed": _listed,
    "watched": _watched,
    "patched": _patched,
    "replaced": _replaced,
    "given a status": _given_a_status,
    "deleted": _deleted,
    "deleted as a collection": _deleted_as_a_collection,
}
"""What can be done with an object, in the words of steps."""
