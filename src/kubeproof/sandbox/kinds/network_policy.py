"""NetworkPolicies. Source: networking validation and defaulting of Kubernetes 1.36."""

from collections.abc import Iterator

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import cidrs
from kubeproof.sandbox.kinds.label_selectors import validate_label_selector
from kubeproof.sandbox.kinds.parts import part, parts, text, texts
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.kinds.service_ports import PROTOCOLS
from kubeproof.sandbox.objects import Object

TYPES = ("Ingress", "Egress")

_DIRECTIONS = (("ingress", "from"), ("egress", "to"))
_HIGHEST_PORT = 65535


class NetworkPolicyRules(Rules):
    """The rules of NetworkPolicies."""

    def default(self, obj: Object) -> None:
        """Ports are TCP; the types are Ingress, and Egress where there are rules for it."""
        spec: Object = obj.setdefault("spec", {})
        for rules, _ in _DIRECTIONS:
            for rule in parts(spec, rules):
                for port in parts(rule, "ports"):
                    set_default(port, "protocol", "TCP")
        if not spec.get("policyTypes"):
            spec["policyTypes"] = list(TYPES if spec.get("egress") else TYPES[:1])

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with selector, types and rules."""
        spec = part(obj, "spec")
        errors = validate_label_selector(part(spec, "podSelector"), "spec.podSelector")
        for index, kind in enumerate(texts(spec, "policyTypes")):
            if kind not in TYPES:
                where = f"spec.policyTypes[{index}]"
                errors.append(FieldError.not_supported(where, kind, sorted(TYPES)))
        for rules, peers in _DIRECTIONS:
            for index, rule in enumerate(parts(spec, rules)):
                errors += _validate_rule(rule, peers, f"spec.{rules}[{index}]")
        return errors


def _validate_rule(rule: Object, peers: str, field: str) -> Iterator[FieldError]:
    for index, port in enumerate(parts(rule, "ports")):
        yield from _validate_port(port, f"{field}.ports[{index}]")
    for index, peer in enumerate(parts(rule, peers)):
        yield from _validate_peer(peer, f"{field}.{peers}[{index}]")


def _validate_port(port: Object, field: str) -> Iterator[FieldError]:
    protocol = text(port, "protocol")
    if protocol not in PROTOCOLS:
        yield FieldError.not_supported(f"{field}.protocol", protocol, sorted(PROTOCOLS))
    number = port.get("port")
    if isinstance(number, int) and not 1 <= number <= _HIGHEST_PORT:
        detail = f"must be between 1 and {_HIGHEST_PORT}, inclusive"
        yield FieldError.invalid(f"{field}.port", number, detail)
    last = port.get("endPort")
    if last is not None and not isinstance(number, int):
        detail = "may not be specified when `port` is not specified or is a name"
        yield FieldError.forbidden(f"{field}.endPort", detail)
    elif last is not None and isinstance(number, int) and last < number:
        detail = "must be greater than or equal to `port`"
        yield FieldError.invalid(f"{field}.endPort", last, detail)


def _validate_peer(peer: Object, field: str) -> Iterator[FieldError]:
    selectors = [name for name in ("podSelector", "namespaceSelector") if name in peer]
    for name in selectors:
        yield from validate_label_selector(part(peer, name), f"{field}.{name}")
    if "ipBlock" in peer:
        yield from _validate_block(part(peer, "ipBlock"), f"{field}.ipBlock")
        if selectors:
            detail = "may not specify both ipBlock and another peer"
            yield FieldError.forbidden(field, detail)
    elif not selectors:
        yield FieldError.required(field, "must specify a peer")


def _validate_block(block: Object, field: str) -> Iterator[FieldError]:
    whole = text(block, "cidr")
    wrong = cidrs.validate(f"{field}.cidr", whole)
    yield from wrong
    for index, inner in enumerate(texts(block, "except")):
        where = f"{field}.except[{index}]"
        faults = cidrs.validate(where, inner)
        yield from faults
        if not wrong and not faults and not _is_strictly_within(inner, whole):
            detail = f'must be a strict subset of `cidr`: "{whole}"'
            yield FieldError.invalid(where, inner, detail)


def _is_strictly_within(inner: str, outer: str) -> bool:
    one, other = cidrs.parse(inner), cidrs.parse(outer)
    if one is None or other is None:
        return False
    return one[1] > other[1] and one[0] in cidrs.network_of(other)
