"""What is wrong with what containers request and are limited to (core validation of 1.36)."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names, quantity
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import pairs
from kubeproof.sandbox.objects import Object

_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_STANDARD = _CONTAINER | {
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
}


def validate_resources(resources: Object, field: str) -> Iterable[FieldError]:
    """Names and amounts of limits and requests; a request may not exceed its limit."""
    limits = pairs(resources, "limits")
    for name, amount in sorted(limits.items()):
        yield from _validate_one(name, amount, f"{field}.limits[{name}]")
    for name, amount in sorted(pairs(resources, "requests").items()):
        yield from _validate_one(name, amount, f"{field}.requests[{name}]")
        yield from _validate_within(name, amount, limits, field)
    yield from _validate_huge_pages(resources, field)


def _amount(text: str) -> int:
    """The amount; text that is none has been refused when the body was read."""
    try:
        return quantity.parse(text)
    except quantity.BadQuantity:
        return 0


def _is_huge(name: str) -> bool:
    return name.startswith("hugepages-")


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _validate_one(name: str, amount: str, field: str) -> Iterable[FieldError]:
    wrong = complaints(field, name, names.label_key)
    yield from wrong
    if not wrong:
        yield from _validate_name(name, field)
    if _amount(amount) < 0:
        yield FieldError.invalid(field, amount, "must be greater than or equal to 0")
    if not _is_native(name) and _amount(amount) % quantity.NANO:
        yield FieldError.invalid(field, amount, "must be an integer")


def _validate_name(name: str, field: str) -> Iterable[FieldError]:
    if "/" not in name:
        if name not in _STANDARD and not _is_huge(name):
            detail = "must be a standard resource type or fully qualified"
            yield FieldError.invalid(field, name, detail)
        if name not in _CONTAINER and not _is_huge(name):
            yield FieldError.invalid(field, name, "must be a standard resource for containers")
    elif not _is_native(name) and name.startswith("requests."):
        yield FieldError.invalid(field, name, "doesn't follow extended resource name standard")


def _validate_within(
    name: str, amount: str, limits: dict[str, str], field: str
) -> Iterable[FieldError]:
    exact = not _is_native(name) or _is_huge(name)
    if name not in limits:
        if exact:
            detail = "Limit must be set for non overcommitable resources"
            yield FieldError.required(f"{field}.limits", detail)
        return
    limit = limits[name]
    if exact and _amount(amount) != _amount(limit):
        detail = f"must be equal to {name} limit of {limit}"
        yield FieldError.invalid(f"{field}.requests", amount, detail)
    elif _amount(amount) > _amount(limit):
        detail = f"must be less than or equal to {name} limit of {limit}"
        yield FieldError.invalid(f"{field}.requests", amount, detail)


def _validate_huge_pages(resources: Object, field: str) -> Iterable[FieldError]:
    wanted = {*pairs(resources, "limits"), *pairs(resources, "requests")}
    if any(map(_is_huge, wanted)) and not wanted & {"cpu", "memory"}:
        yield FieldError.forbidden(field, "HugePages require cpu or memory")


def quality_of_service(containers: list[Object]) -> str:
    """Guaranteed, Burstable or BestEffort ("Pod Quality of Service Classes")."""
    resources: list[Object] = [container.get("resources") or {} for container in containers]
    totals = [_compute(each, kind) for each in resources for kind in ("limits", "requests")]
    if not any(totals):
        return "BestEffort"
    guaranteed = all(
        _compute(each, "limits").keys() == {"cpu", "memory"}
        and _compute(each, "limits") == _compute(each, "requests")
        for each in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _compute(resources: Object, kind: str) -> dict[str, int]:
    amounts = {name: _amount(text) for name, text in pairs(resources, kind).items()}
    return {name: each for name, each in amounts.items() if name in ("cpu", "memory") and each}
