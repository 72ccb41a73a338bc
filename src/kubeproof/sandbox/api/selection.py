"""What a list or a watch chooses: label and field selectors, made ready for one resource."""

from collections.abc import Callable
from typing import NamedTuple

from kubeproof.sandbox.api import field_selector, label_selector, status
from kubeproof.sandbox.api.jsonvalue import child
from kubeproof.sandbox.api.label_selector import SelectorError
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object


class Selection(NamedTuple):
    """Conditions on labels and fields, all of which must hold."""

    requirements: tuple[label_selector.Requirement, ...]
    terms: tuple[field_selector.Term, ...]
    kind: ResourceType
    selectable: Callable[[Object], dict[str, str]]

    @classmethod
    def parse(
        cls,
        kind: ResourceType,
        labels: str,
        fields: str,
        selectable: Callable[[Object], dict[str, str]],
    ) -> "Selection":
        """Read both selectors. Raises ApiError (400) where one does not parse.

        ``selectable`` gives further fields of an object, or other values of the known ones.
        """
        try:
            requirements = label_selector.parse(labels)
            terms = field_selector.parse(fields)
        except SelectorError as error:
            raise status.bad_request(str(error)) from None
        renamed = [_known(term, kind) for term in terms]
        return cls(tuple(requirements), tuple(renamed), kind, selectable)

    def matches(self, obj: Object) -> bool:
        """Whether the object is chosen."""
        if self.requirements:
            labels = child(obj["metadata"], "labels")
            if not all(requirement.matches(labels) for requirement in self.requirements):
                return False
        if not self.terms:
            return True
        fields = {**_fields(obj, self.kind), **self.selectable(obj)}
        return all(term.matches(fields) for term in self.terms)

    @property
    def name(self) -> str:
        """The one name which the field selector allows; empty where it allows several."""
        return next(
            (term.value for term in self.terms if term.field == "metadata.name" and term.equal), ""
        )


def _known(term: field_selector.Term, kind: ResourceType) -> field_selector.Term:
    """The term under the field's present name. Raises ApiError where the kind has no such field."""
    field = term.field
    if field == "spec.host" and kind.plural == "pods":
        return field_selector.Term("spec.nodeName", term.value, term.equal)
    if field == "metadata.name" or (field == "metadata.namespace" and kind.namespaced):
        return term
    if field in kind.selectable:
        return term
    if kind.selectable:
        raise status.bad_request(f"field label not supported: {field}")
    raise status.bad_request(
        f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )


def _fields(obj: Object, kind: ResourceType) -> dict[str, str]:
    metadata = obj["metadata"]
    fields = {
        "metadata.name": metadata.get("name", ""),
        "metadata.namespace": metadata.get("namespace", ""),
    }
    for path in kind.selectable:
        fields[path] = _at(obj, path)
    return fields


def _at(obj: Object, path: str) -> str:
    *parents, last = path.split(".")
    for step in parents:
        obj = child(obj, step)
    value = obj.get(last)
    if path in ("spec.hostNetwork", "spec.unschedulable"):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""
