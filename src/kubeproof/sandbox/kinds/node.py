"""Nodes. Source: the Node registry and core validation of Kubernetes 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api import gotext
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import cidrs, names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import pairs, part, parts, text, texts
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.objects import Object

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class NodeRules(Rules):
    """The rules of Nodes; a Node brings its status along when it registers."""

    has_status = True
    namespaced = False

    def default(self, obj: Object) -> None:
        """What a node has can be given out, unless it says otherwise."""
        spec: Object = obj.setdefault("spec", {})
        if text(spec, "podCIDR") and not texts(spec, "podCIDRs"):
            spec["podCIDRs"] = [spec["podCIDR"]]
        elif texts(spec, "podCIDRs"):
            spec["podCIDR"] = spec["podCIDRs"][0]
        state = part(obj, "status")
        if pairs(state, "capacity") and state.get("allocatable") is None:
            state["allocatable"] = dict(pairs(state, "capacity"))

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with taints and Pod ranges."""
        spec = part(obj, "spec")
        return [
            *_validate_taints(parts(spec, "taints")),
            *_validate_ranges(texts(spec, "podCIDRs")),
        ]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Pod ranges and provider are given once; the rest of the spec may change."""
        spec, before = part(obj, "spec"), part(old, "spec")
        errors: list[FieldError] = []
        ranges, known = texts(spec, "podCIDRs"), texts(before, "podCIDRs")
        detail = 'node updates may not change {} except from "" to valid'
        if known and ranges != known:
            errors.append(FieldError.forbidden("spec.podCIDRs", detail.format("podCIDR")))
        provider = text(before, "providerID")
        if provider and text(spec, "providerID") != provider:
            errors.append(FieldError.forbidden("spec.providerID", detail.format("providerID")))
        return [*errors, *_validate_taints(parts(spec, "taints"))]

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        unschedulable = bool(part(obj, "spec").get("unschedulable"))
        return {"spec.unschedulable": gotext.plain(unschedulable)}


def _validate_taints(taints: list[Object]) -> Iterable[FieldError]:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        field = f"metadata.taints[{index}]"  # spelled so by the API server
        key, effect = text(taint, "key"), text(taint, "effect")
        yield from complaints(f"{field}.key", key, names.label_key)
        wrong = names.label_value(text(taint, "value"))
        if wrong:
            yield FieldError.invalid(f"{field}.value", text(taint, "value"), ";".join(wrong))
        if not effect:
            yield FieldError.required(f"{field}.effect")
        elif effect not in _EFFECTS:
            yield FieldError.not_supported(f"{field}.effect", effect, _EFFECTS)
        if (key, effect) in seen:
            yield _duplicate(taint, field)
        seen.add((key, effect))


def _duplicate(taint: Object, field: str) -> FieldError:
    """The API server shows the taint as the struct it compares, with a reason behind it."""
    shown = {
        "Key": text(taint, "key"),
        "Value": text(taint, "value"),
        "Effect": text(taint, "effect"),
        "TimeAdded": taint.get("timeAdded"),
    }
    plain = FieldError.duplicate(field, shown)
    message = f"{plain.message}: taints must be unique by key and effect pair"
    return FieldError(plain.reason, plain.field, message)


def _validate_ranges(ranges: list[str]) -> Iterable[FieldError]:
    for index, block in enumerate(ranges):
        yield from cidrs.validate(f"spec.podCIDRs[{index}]", block)
    versions = [block[0].version for block in map(cidrs.parse, ranges) if block]
    if len(ranges) > 1 and sorted(versions) != [4, 6]:
        detail = "may specify no more than one CIDR for each IP family"
        yield FieldError.invalid("spec.podCIDRs", ranges, detail)
