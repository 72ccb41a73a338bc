"""Events of the core group. Source: core validation of Kubernetes 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import part, text
from kubeproof.sandbox.objects import Object, namespace_of

_LIMITS = (("reportingInstance", 128), ("action", 128), ("reason", 128))
_LONGEST_MESSAGE = 1024
_MISPLACED = "does not match event.namespace"


class EventRules(Strategy):
    """The rules of Events; of the metadata only what is true of every kind is looked at."""

    has_status = False

    def validate(self, obj: Object) -> list[FieldError]:
        """What is wrong with an Event; those of the newer form state eventTime."""
        errors = _validate_newer(obj) if obj.get("eventTime") else _validate_older(obj)
        return [*errors, *complaints("namespace", namespace_of(obj), names.dns_subdomain)]

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a changed Event."""
        return self.validate(obj)

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        about, source = part(obj, "involvedObject"), part(obj, "source")
        names_of_object = (
            "kind",
            "namespace",
            "name",
            "uid",
            "apiVersion",
            "resourceVersion",
            "fieldPath",
        )
        fields = {f"involvedObject.{name}": text(about, name) for name in names_of_object}
        component = text(obj, "reportingComponent")
        return {
            **fields,
            "reason": text(obj, "reason"),
            "reportingComponent": component,
            "source": text(source, "component") or component,
            "type": text(obj, "type"),
        }


def _validate_older(event: Object) -> Iterable[FieldError]:
    field, about = "involvedObject.namespace", text(part(event, "involvedObject"), "namespace")
    wanted = ("", "default") if not about else (about,)
    if namespace_of(event) not in wanted:
        yield FieldError.invalid(field, about, _MISPLACED)


def _validate_newer(event: Object) -> Iterable[FieldError]:
    about = text(part(event, "involvedObject"), "namespace")
    if not about and namespace_of(event) not in ("default", "kube-system"):
        yield FieldError.invalid("involvedObject.namespace", about, _MISPLACED)
    component = text(event, "reportingComponent")
    if not component:
        yield FieldError.required("reportingComponent")
    yield from complaints("reportingComponent", component, names.label_key)
    for field, limit in _LIMITS:
        if not text(event, field):
            yield FieldError.required(field)
        if len(text(event, field).encode()) > limit:
            yield FieldError.invalid(field, "", f"can have at most {limit} characters")
    if len(text(event, "message").encode()) > _LONGEST_MESSAGE:
        detail = f"can have at most {_LONGEST_MESSAGE} characters"
        yield FieldError.invalid("message", "", detail)
