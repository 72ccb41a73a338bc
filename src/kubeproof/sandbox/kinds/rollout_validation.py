"""What is wrong with how Deployments and DaemonSets replace Pods (apps validation of 1.36)."""

from collections.abc import Iterable
from typing import Any

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.parts import part, text
from kubeproof.sandbox.objects import Object

Amount = int | str
"""A number, or a percentage such as ``25%``."""


def validate_deployment_strategy(strategy: Object, field: str) -> Iterable[FieldError]:
    """RollingUpdate with how much may be missing or too much, or Recreate."""
    kind = text(strategy, "type")
    if kind == "Recreate":
        if strategy.get("rollingUpdate") is not None:
            detail = "may not be specified when strategy `type` is 'Recreate'"
            yield FieldError.forbidden(f"{field}.rollingUpdate", detail)
    elif kind == "RollingUpdate":
        yield from _validate_rolling(part(strategy, "rollingUpdate"), f"{field}.rollingUpdate")
    else:
        supported = ("Recreate", "RollingUpdate")
        yield FieldError.not_supported(field, _as_go_struct(strategy), supported)


def _as_go_struct(strategy: Object) -> Object:
    rolling = strategy.get("rollingUpdate")
    shown: Object | None = None
    if rolling is not None:
        shown = {
            "MaxUnavailable": rolling.get("maxUnavailable", 0),
            "MaxSurge": rolling.get("maxSurge", 0),
        }
    return {"Type": text(strategy, "type"), "RollingUpdate": shown}


def _validate_rolling(rolling: Object, field: str) -> Iterable[FieldError]:
    missing, surge = _amounts(rolling)
    yield from _validate_amount(missing, f"{field}.maxUnavailable")
    yield from _validate_amount(surge, f"{field}.maxSurge")
    if _value(missing) == 0 and _value(surge) == 0:
        detail = "may not be 0 when `maxSurge` is 0"
        yield FieldError.invalid(f"{field}.maxUnavailable", missing, detail)
    yield from _validate_share(missing, f"{field}.maxUnavailable")


def _amounts(rolling: Object) -> tuple[Amount, Amount]:
    return rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)


def _validate_amount(amount: Any, field: str) -> Iterable[FieldError]:
    if isinstance(amount, str):
        wrong = names.percent(amount)
    else:
        wrong = ["must be greater than or equal to 0"] if amount < 0 else []
    for complaint in wrong:
        yield FieldError.invalid(field, amount, complaint)


def _value(amount: Amount) -> int:
    digits = amount.removesuffix("%") if isinstance(amount, str) else str(amount)
    return int(digits) if digits.lstrip("-").isdigit() else 0


def _validate_share(amount: Amount, field: str) -> Iterable[FieldError]:
    if isinstance(amount, str) and not names.percent(amount) and _value(amount) > 100:
        yield FieldError.invalid(field, amount, "must not be greater than 100%")


def validate_daemon_strategy(strategy: Object, field: str) -> Iterable[FieldError]:
    """RollingUpdate with either a gap or an overlap on each node, or OnDelete."""
    kind = text(strategy, "type")
    if kind == "RollingUpdate":
        rolling, where = part(strategy, "rollingUpdate"), f"{field}.rollingUpdate"
        yield from _validate_daemon_rolling(rolling, where)
    elif kind != "OnDelete":
        supported = ("RollingUpdate", "OnDelete")
        yield FieldError.not_supported(field, _as_go_struct(strategy), supported)


def _validate_daemon_rolling(rolling: Object, field: str) -> Iterable[FieldError]:
    missing, surge = _amounts(rolling)
    where = (f"{field}.maxUnavailable", f"{field}.maxSurge")
    for check in (_validate_amount, _validate_share):
        yield from check(missing, where[0])
        yield from check(surge, where[1])
    if _value(missing) and _value(surge):
        detail = "may not be set when maxUnavailable is non-zero"
        yield FieldError.invalid(where[1], surge, detail)
    elif not _value(missing) and not _value(surge):
        yield FieldError.required(where[0], "cannot be 0 when maxSurge is 0")
