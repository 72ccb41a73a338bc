"""Lists: one page at one version, and where the next page starts.

Follows k8s.io/apiserver's etcd3 storage: a continue token holds the version of the first page and
the key after which to go on.
"""

import base64
import binascii
import json
from typing import NamedTuple

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.options import ListOptions
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.selection import Selection
from kubeproof.sandbox.api.store import ExpiredError, Objects, Store
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)
_LATEST = -1


class _Token(NamedTuple):
    version: int
    after: str
    """Key of the last object of the page before, as etcd would order it."""


def page(registry: Registry, kind: ResourceType, namespace: str, options: ListOptions) -> Object:
    """One page of a list: its metadata and its items.

    Raises ApiError: 400 for selectors and tokens that do not parse, 410 for a version that is
    forgotten, 504 for one that is still to come.
    """
    store = registry.store
    selection = registry.selection(kind.plural, options.labels, options.fields)
    token = _decode(options.continuation) if options.continuation else None
    version, objects = _objects(store, kind, namespace, options, token)
    if token is not None:
        objects = [obj for obj in objects if _key(obj, namespace) > token.after]
    items, last = _chosen(objects, selection, options.limit)
    metadata: Object = {"resourceVersion": str(version)}
    if last is not None:
        metadata["continue"] = _encode(_Token(version, _key(last, namespace)))
        if not options.labels and not options.fields:
            metadata["remainingItemCount"] = len(objects) - len(items)
    return {
        "kind": f"{kind.kind}List",
        "apiVersion": kind.api_version,
        "metadata": metadata,
        "items": items,
    }


def bare(obj: Object) -> Object:
    """An item as lists hold it: kind and apiVersion are the list's to tell."""
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def parse_version(text: str, kind: ResourceType) -> int:
    """A resourceVersion as a number, 0 for none. Raises ApiError (422)."""
    if not text:
        return 0
    if not text.isascii() or not text.isdigit():
        error = FieldError.invalid(
            "resourceVersion", text, f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
        raise status.invalid(kind.plural, "", [error], kind.group)
    return int(text)


def check_not_future(store: Store, version: int) -> None:
    """Refuse a version which no write has reached (504), as a watch cache does after a wait."""
    if version <= store.version:
        return
    error = status.timeout(f"Too large resource version: {version}, current: {store.version}", 1)
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    error.details = {**(error.details or {}), "causes": [cause]}
    raise error


def _objects(
    store: Store, kind: ResourceType, namespace: str, options: ListOptions, token: _Token | None
) -> tuple[int, Objects]:
    """The version of the list, and every object of that version."""
    wanted = parse_version(options.version, kind)
    check_not_future(store, wanted)
    if token is not None and token.version != _LATEST:
        return token.version, _remembered(store, kind, namespace, token)
    if token is None and options.version_match == "Exact":
        try:
            return wanted, store.at(kind.plural, namespace, wanted)
        except ExpiredError as error:
            message = f"The resourceVersion for the provided list is too old: {error}"
            raise status.expired(message) from None
    return store.version, store.list(kind.plural, namespace)


def _remembered(store: Store, kind: ResourceType, namespace: str, token: _Token) -> Objects:
    try:
        return store.at(kind.plural, namespace, token.version)
    except ExpiredError:
        error = status.expired(_EXPIRED)
        error.continuation = _encode(_Token(_LATEST, token.after))
        raise error from None


def _chosen(objects: Objects, selection: Selection, limit: int) -> tuple[Objects, Object | None]:
    """The objects of a page and, where more follow, the last one of it."""
    items: Objects = []
    for obj in objects:
        if selection.matches(obj):
            if limit and len(items) == limit:
                return items, items[-1]
            items.append(obj)
    return items, None


def _key(obj: Object, namespace: str) -> str:
    """The part of an object's key below what is listed: ``/name`` within one namespace."""
    own = namespace_of(obj)
    return f"{own}/{name_of(obj)}" if own and not namespace else f"/{name_of(obj)}"


def _encode(token: _Token) -> str:
    value = {"v": "meta.k8s.io/v1", "rv": token.version, "start": f"{token.after}\0"}
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _decode(text: str) -> _Token:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return _Token(int(value["rv"]), str(value["start"]).rstrip("\0"))
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise status.bad_request(f"continue key is not valid: {error}") from None
