"""What of a Pod may change once it exists. Source: core validation of Kubernetes 1.36."""

import copy
import json
from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.parts import parts, text
from kubeproof.sandbox.kinds.pod_struct import pod_struct
from kubeproof.sandbox.kinds.scheduling_validation import validate_tolerations
from kubeproof.sandbox.objects import Object

_CHANGEABLE = ",".join(
    (
        "`spec.containers[*].image`",
        "`spec.initContainers[*].image`",
        "`spec.activeDeadlineSeconds`",
        "`spec.tolerations` (only additions to existing tolerations)",
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "
        "negative)",
    )
)
_LONGEST_DEADLINE = 2**31 - 1


def validate_pod_change(pod: Object, old: Object) -> list[FieldError]:
    """What is wrong with a changed Pod beside what would be wrong with a new one."""
    spec, before = pod["spec"], old["spec"]
    errors: list[FieldError] = []
    for name in ("containers", "initContainers"):
        if len(parts(spec, name)) != len(parts(before, name)):
            detail = "pod updates may not add or remove containers"
            return [*errors, FieldError.forbidden(f"spec.{name}", detail)]
        errors += _validate_images(parts(spec, name), f"spec.{name}")
    deadline = list(_validate_deadline(spec, before))
    if deadline and spec.get("activeDeadlineSeconds") is not None:
        return [*errors, *deadline]
    return [
        *errors,
        *deadline,
        *_validate_tolerations(parts(spec, "tolerations"), parts(before, "tolerations")),
        *_validate_gates(parts(spec, "schedulingGates"), parts(before, "schedulingGates")),
        *_validate_rest(spec, before),
    ]


def validate_images(spec: Object) -> Iterable[FieldError]:
    """A Pod's images may not be padded with blanks; a template's may."""
    for name in ("containers", "initContainers"):
        yield from _validate_padding(parts(spec, name), f"spec.{name}")


def _validate_padding(containers: list[Object], field: str) -> Iterable[FieldError]:
    for index, container in enumerate(containers):
        image = text(container, "image")
        if image != image.strip():
            detail = "must not have leading or trailing whitespace"
            yield FieldError.invalid(f"{field}[{index}].image", image, detail)


def _validate_images(containers: list[Object], field: str) -> Iterable[FieldError]:
    for index, container in enumerate(containers):
        if not text(container, "image"):
            yield FieldError.required(f"{field}[{index}].image")
    yield from _validate_padding(containers, field)


def _validate_deadline(spec: Object, before: Object) -> Iterable[FieldError]:
    field = "spec.activeDeadlineSeconds"
    new, old = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    if new is None:
        if old is not None:
            detail = "must not update from a positive integer to nil value"
            yield FieldError.invalid(field, None, detail)
        return
    wrong = names.in_range(new, 0, _LONGEST_DEADLINE)
    if not wrong and old is not None and old < new:
        wrong = ["must be less than or equal to previous value"]
    for complaint in wrong:
        yield FieldError.invalid(field, new, complaint)


def _validate_tolerations(new: list[Object], old: list[Object]) -> Iterable[FieldError]:
    field = "spec.tolerations"
    stated = [_without_seconds(toleration) for toleration in new]
    if any(_without_seconds(toleration) not in stated for toleration in old):
        detail = "existing toleration can not be modified except its tolerationSeconds"
        yield FieldError.forbidden(field, detail)
        return
    yield from validate_tolerations(new, field)


def _without_seconds(toleration: Object) -> Object:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _validate_gates(new: list[Object], old: list[Object]) -> Iterable[FieldError]:
    known = [text(gate, "name") for gate in old]
    for index, gate in enumerate(new):
        if text(gate, "name") not in known:
            detail = f"only deletion is allowed, but found new scheduling gate '{gate['name']}'"
            yield FieldError.forbidden(f"spec.schedulingGates[{index}].name", detail)


def _validate_rest(spec: Object, before: Object) -> Iterable[FieldError]:
    """All but the fields that may change must be as it was; a gated Pod may still narrow down."""
    fixed = _with_changeable_of(spec, before)
    if before.get("schedulingGates") and _narrows(spec, before):
        _take(fixed, before, "nodeSelector")
    if fixed != before:
        detail = f"pod updates may not change fields other than {_CHANGEABLE}\n"
        yield FieldError.forbidden("spec", detail + _difference(before, fixed))


def _with_changeable_of(spec: Object, before: Object) -> Object:
    """The new spec with the old values of all that may change."""
    fixed = copy.deepcopy(spec)
    for name in ("containers", "initContainers"):
        for container, old in zip(parts(fixed, name), parts(before, name), strict=True):
            container["image"] = old.get("image")
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _take(fixed, before, name)
    grace = "terminationGracePeriodSeconds"
    if (before.get(grace) or 0) < 0 and fixed.get(grace) == 1:
        _take(fixed, before, grace)
    return fixed


def _take(spec: Object, source: Object, name: str) -> None:
    if source.get(name) is None:
        spec.pop(name, None)
    else:
        spec[name] = source[name]


def _narrows(spec: Object, before: Object) -> bool:
    wanted: dict[str, str] = spec.get("nodeSelector") or {}
    known: dict[str, str] = before.get("nodeSelector") or {}
    return known.items() <= wanted.items()


def _difference(before: Object, after: Object) -> str:
    """The change as a unified diff of the API server's structs, three lines around it."""
    import difflib  # seldom needed, and every boot would wait for it

    old, new = ([f"{line}\n" for line in _indented(spec)] for spec in (before, after))
    head = 2  # names of files, which there are none of
    return "".join(list(difflib.unified_diff(old, new, n=3))[head:])


def _indented(spec: Object) -> list[str]:
    text = json.dumps(pod_struct(spec), indent=1, ensure_ascii=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.splitlines()
