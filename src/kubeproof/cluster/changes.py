"""Changing a Service that is there: each field by its name, and the merge patch that changes it.

The words for ports are kubectl's: ``web 9000:8080`` is the port called web, 9000, which leads to
the Pods' port 8080.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kubeproof.errors import CheckBroken
from kubeproof.model import Object

Patch = Callable[[Object, str], Object]
"""From a Service object as it is and a value in words to a JSON merge patch."""

MARKS = {"label": "labels", "annotation": "annotations"}


def patch_for(service: Object, changes: Mapping[str, str]) -> Object:
    """The merge patch that gives all these fields of a Service their values at once."""
    patch: Object = {}
    for field, value in changes.items():
        _merge(patch, _patch(field)(service, value))
    return patch


def _patch(field: str) -> Patch:
    kind, _, key = field.partition(" ")
    return partial(_mark, MARKS[kind], key) if kind in MARKS else CHANGES[field]


def _merge(into: Object, more: Object) -> None:
    """Fields of two patches stand two levels deep: in ``spec``, or in labels of ``metadata``."""
    for part, fields in more.items():
        into.setdefault(part, {}).update(fields)


def _mark(kind: str, key: str, _: Object, value: str) -> Object:
    return {"metadata": {kind: {key: value or None}}}


def _text(field: str) -> Patch:
    return lambda _, value: {"spec": {field: value}}


def _number(field: str) -> Patch:
    return lambda _, value: {"spec": {field: int(value)}}


def _truth(field: str) -> Patch:
    return lambda _, value: {"spec": {field: value == "true"}}


def _texts(field: str) -> Patch:
    return lambda _, value: {"spec": {field: [one for one in value.split(", ") if one]}}


def _port(field: str, read: Callable[[str], int | str]) -> Patch:
    """One field of the Service's first port."""

    def patch(service: Object, value: str) -> Object:
        ports = copy.deepcopy(service["spec"]["ports"])
        ports[0][field] = read(value)
        return {"spec": {"ports": ports}}

    return patch


def _ports(_: Object, value: str) -> Object:
    """The list as a whole; the API server finds a port that stays by its name."""
    return {"spec": {"ports": [_read_port(text) for text in value.split(", ")]}}


def _read_port(text: str) -> Object:
    found = re.fullmatch(r"(\S+) (\d+):(\S+)", text)
    if not found:
        raise CheckBroken(f"ports are written NAME PORT:TARGET, such as web 9000:8080, not {text}")
    name, port, target = found.groups()
    return {"name": name, "port": int(port), "targetPort": _number_or_name(target)}


def _number_or_name(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _selector(service: Object, value: str) -> Object:
    gone: Mapping[str, None] = dict.fromkeys(service["spec"].get("selector") or {})
    wanted = dict(pair.split("=", 1) for pair in value.split(", "))
    return {"spec": {"selector": {**gone, **wanted}}}


def _plain(fields: Sequence[str], made: Callable[[str], Patch]) -> dict[str, Patch]:
    return {field: made(field) for field in fields}


CHANGES: Mapping[str, Patch] = {
    **_plain(
        (
            *("type", "clusterIP", "externalName", "sessionAffinity", "trafficDistribution"),
            *("externalTrafficPolicy", "internalTrafficPolicy", "loadBalancerClass"),
        ),
        _text,
    ),
    **_plain(("publishNotReadyAddresses", "allocateLoadBalancerNodePorts"), _truth),
    **_plain(("loadBalancerSourceRanges", "externalIPs", "ipFamilies"), _texts),
    "healthCheckNodePort": _number("healthCheckNodePort"),
    "port": _port("port", int),
    "targetPort": _port("targetPort", _number_or_name),
    "node port": _port("nodePort", int),
    "ports": _ports,
    "selector": _selector,
}
"""Fields of a Service by the names that steps have for them, mostly the API's own."""
