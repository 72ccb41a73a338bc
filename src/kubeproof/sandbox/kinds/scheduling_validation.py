"""What is wrong with where a Pod wants to run: affinity, tolerations, spreading, gates.

Source: core validation of Kubernetes 1.36.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.label_selectors import (
    validate_label_selector,
    validate_node_selector,
    validate_node_term,
)
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import number, part, parts, text, texts
from kubeproof.sandbox.objects import Object

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")


def validate_affinity(affinity: Object, field: str) -> Iterable[FieldError]:
    """Affinity to nodes, to other Pods, and away from other Pods."""
    nodes = part(affinity, "nodeAffinity")
    if nodes.get(_REQUIRED) is not None:
        where = f"{field}.nodeAffinity.{_REQUIRED}"
        yield from validate_node_selector(nodes[_REQUIRED], where)
    for index, term in enumerate(parts(nodes, _PREFERRED)):
        where = f"{field}.nodeAffinity.{_PREFERRED}[{index}]"
        yield from _validate_weight(term, where)
        preference = part(term, "preference")
        yield from validate_node_term(preference, f"{where}.preference", strict=False)
    for name in ("podAffinity", "podAntiAffinity"):
        yield from _validate_pods(part(affinity, name), f"{field}.{name}")


def _validate_weight(term: Object, field: str) -> Iterable[FieldError]:
    weight = number(term, "weight")
    if not 0 < weight <= 100:
        yield FieldError.invalid(f"{field}.weight", weight, "must be in the range 1-100")


def _validate_pods(affinity: Object, field: str) -> Iterable[FieldError]:
    for index, term in enumerate(parts(affinity, _REQUIRED)):
        yield from _validate_pod_term(term, f"{field}.{_REQUIRED}[{index}]")
    for index, term in enumerate(parts(affinity, _PREFERRED)):
        where = f"{field}.{_PREFERRED}[{index}]"
        yield from _validate_weight(term, where)
        yield from _validate_pod_term(part(term, "podAffinityTerm"), f"{where}.podAffinityTerm")


def _validate_pod_term(term: Object, field: str) -> Iterable[FieldError]:
    for name in ("labelSelector", "namespaceSelector"):
        yield from validate_label_selector(part(term, name), f"{field}.{name}")
    for namespace in texts(term, "namespaces"):
        yield from complaints(f"{field}.namespace", namespace, names.dns_label)
    key = text(term, "topologyKey")
    if not key:
        yield FieldError.required(f"{field}.topologyKey", "can not be empty")
    yield from complaints(f"{field}.topologyKey", key, names.label_key)


def validate_tolerations(tolerations: list[Object], field: str) -> Iterable[FieldError]:
    """Which taints of nodes the Pod accepts."""
    for index, toleration in enumerate(tolerations):
        yield from _validate_toleration(toleration, f"{field}[{index}]")


def _validate_toleration(toleration: Object, field: str) -> Iterable[FieldError]:
    key, operator = text(toleration, "key"), text(toleration, "operator")
    effect = text(toleration, "effect")
    if key:
        yield from complaints(f"{field}.key", key, names.label_key)
    elif operator != "Exists":
        detail = (
            "operator must be Exists when `key` is empty, "
            'which means "match all values and all keys"'
        )
        yield FieldError.invalid(f"{field}.operator", operator, detail)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield FieldError.invalid(f"{field}.effect", effect, detail)
    yield from _validate_operator(toleration, f"{field}.operator")
    if effect and effect not in _EFFECTS:
        yield FieldError.not_supported(f"{field}.effect", effect, _EFFECTS)


def _validate_operator(toleration: Object, field: str) -> Iterable[FieldError]:
    operator, value = text(toleration, "operator"), text(toleration, "value")
    if operator in ("", "Equal"):
        wrong = names.label_value(value)
        if wrong:
            yield FieldError.invalid(field, value, ";".join(wrong))
    elif operator == "Exists":
        if value:
            detail = "value must be empty when `operator` is 'Exists'"
            yield FieldError.invalid(field, value, detail)
    elif operator in ("Lt", "Gt"):
        yield FieldError.not_supported(field, operator, ("Equal", "Exists", "Lt", "Gt"))
    else:
        yield FieldError.not_supported(field, operator, ("Equal", "Exists"))


def validate_spreading(constraints: list[Object], field: str) -> Iterable[FieldError]:
    """topologySpreadConstraints."""
    kinds = [_kind_of(constraint) for constraint in constraints]
    for index, constraint in enumerate(constraints):
        where, (key, action) = f"{field}[{index}]", kinds[index]
        if number(constraint, "maxSkew") <= 0:
            skew = number(constraint, "maxSkew")
            yield FieldError.invalid(f"{where}.maxSkew", skew, "must be greater than zero")
        if not key:
            yield FieldError.required(f"{where}.topologyKey", "can not be empty")
        if action not in _ACTIONS:
            yield FieldError.not_supported(f"{where}.whenUnsatisfiable", action, _ACTIONS)
        if (key, action) in kinds[index + 1 :]:
            pair = f"{{{key}, {action}}}"
            yield FieldError.duplicate(f"{where}.{{topologyKey, whenUnsatisfiable}}", pair)
        yield from validate_label_selector(
            part(constraint, "labelSelector"), f"{where}.labelSelector"
        )


def _kind_of(constraint: Object) -> tuple[str, str]:
    return text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable")


def validate_gates(spec: Object, field: str) -> Iterable[FieldError]:
    """readinessGates and schedulingGates."""
    for index, gate in enumerate(parts(spec, "readinessGates")):
        where = f"{field}.readinessGates[{index}].conditionType"
        yield from complaints(where, text(gate, "conditionType"), names.label_key)
    seen: set[str] = set()
    for index, gate in enumerate(parts(spec, "schedulingGates")):
        where, name = f"{field}.schedulingGates[{index}]", text(gate, "name")
        yield from complaints(where, name, names.label_key)
        if name in seen:
            yield FieldError.duplicate(where, name)
        seen.add(name)
