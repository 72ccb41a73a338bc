"""What a path of the API names: a group, a resource, an object, a subresource.

Follows RequestInfo of k8s.io/apiserver.
"""

from typing import NamedTuple

from kubeproof.sandbox.api.resources import RESOURCES, ResourceType, Subresource

_SERVED = {(found.group, found.version, found.plural): found for found in RESOURCES}
_OF_NAMESPACES = ("status", "finalize")


class Target(NamedTuple):
    """A resource, and how much of it a path names; ``rest`` is what follows a subresource."""

    kind: ResourceType
    namespace: str = ""
    name: str = ""
    subresource: Subresource | None = None
    rest: str = ""


def parse(path: str) -> Target | None:
    """What the path names; None where the server has no such resource or subresource."""
    parts = path.strip("/").split("/")
    group, version, parts = _group(parts)
    namespace, parts = _namespace(parts)
    kind = _SERVED.get((group, version, parts[0])) if parts else None
    if kind is None or (namespace and not kind.namespaced):
        return None
    name = parts[1] if len(parts) > 1 else ""
    if name and kind.namespaced and not namespace:
        return None
    if len(parts) < 3:
        return Target(kind, namespace, name)
    return _below(kind, namespace, parts, path)


def _group(parts: list[str]) -> tuple[str, str, list[str]]:
    if parts[0] == "api" and len(parts) > 2:
        return "", parts[1], parts[2:]
    if parts[0] == "apis" and len(parts) > 3:
        return parts[1], parts[2], parts[3:]
    return "", "", []


def _namespace(parts: list[str]) -> tuple[str, list[str]]:
    if len(parts) > 2 and parts[0] == "namespaces" and parts[2] not in _OF_NAMESPACES:
        return parts[1], parts[2:]
    return "", parts


def _below(kind: ResourceType, namespace: str, parts: list[str], path: str) -> Target | None:
    subresource = kind.subresource(parts[2])
    if subresource is None or (len(parts) > 3 and subresource.name != "proxy"):
        return None
    rest = "/".join(parts[3:])
    if path.endswith("/") and rest:
        rest += "/"
    return Target(kind, namespace, parts[1], subresource, rest)
