"""JSON Patch (RFC 6902) on objects."""

from typing import Any, cast

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.objects import Object

LIMIT = 10_000
"""Operations in one patch."""


class PatchError(ValueError):
    """A patch that cannot be applied; the message says why."""


def apply(document: Object, operations: list[Object]) -> Any:
    """The document after all operations; neither argument changes. Raises PatchError."""
    result: Any = copied(document)
    for operation in operations:
        result = _apply(result, operation)
    return result


def _apply(document: Any, operation: Object) -> Any:
    path = _text(operation, "path")
    match operation.get("op"):
        case "add":
            return _add(document, path, copied(_value(operation)))
        case "replace":
            return _replace(document, path, copied(_value(operation)))
        case "remove":
            return _remove(document, path)[0]
        case "test":
            return _test(document, path, operation.get("value"))
        case "move":
            document, value = _remove(document, _text(operation, "from"))
            return _add(document, path, value)
        case "copy":
            return _add(document, path, copied(_get(document, _text(operation, "from"))))
        case name:
            raise PatchError(f"unexpected kind: {name}")


def _value(operation: Object) -> Any:
    if "value" not in operation:
        raise PatchError(f"{operation['op']} operation does not apply: missing value")
    return operation["value"]


def _text(operation: Object, key: str) -> str:
    text = operation.get(key)
    if not isinstance(text, str):
        raise PatchError(f"{operation.get('op')} operation does not apply: missing {key}")
    return text


def _parent(document: Any, path: str) -> tuple[Any, str | None]:
    """What holds the place a path names, and the last step to it; None for the document."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    if not steps:
        return document, None
    found = document
    for step in steps[:-1]:
        found = _step(found, step, path)
    if not isinstance(found, dict | list):
        raise PatchError(f"doc is missing path: {path}")
    return cast("Any", found), steps[-1]


def _step(holder: Any, step: str, path: str) -> Any:
    if isinstance(holder, list):
        elements = cast("list[Any]", holder)
        return elements[_index(elements, step, path)]
    if not isinstance(holder, dict) or step not in holder:
        raise PatchError(f"doc is missing path: {path}")
    return cast("Object", holder)[step]


def _index(elements: list[Any], step: str, path: str) -> int:
    if not step.isdigit() or int(step) >= len(elements):
        raise PatchError(f"unable to access invalid index: {path}")
    return int(step)


def _get(document: Any, path: str) -> Any:
    parent, last = _parent(document, path)
    return document if last is None else _step(parent, last, path)


def _add(document: Any, path: str, value: Any) -> Any:
    parent, last = _parent(document, path)
    if last is None:
        return value
    if not isinstance(parent, list):
        parent[last] = value
        return document
    elements = cast("list[Any]", parent)
    if last in ("-", str(len(elements))):
        elements.append(value)
    else:
        elements.insert(_index(elements, last, path), value)
    return document


def _replace(document: Any, path: str, value: Any) -> Any:
    parent, last = _parent(document, path)
    if last is None:
        return value
    _step(parent, last, path)
    parent[int(last) if isinstance(parent, list) else last] = value
    return document


def _remove(document: Any, path: str) -> tuple[Any, Any]:
    """The document without the place, and what was there."""
    parent, last = _parent(document, path)
    if last is None:
        return None, document
    value = _step(parent, last, path)
    del parent[int(last) if isinstance(parent, list) else last]
    return document, value


def _test(document: Any, path: str, value: Any) -> Any:
    try:
        found = _get(document, path)
    except PatchError:
        found = None
    if found != value:
        raise PatchError(f"testing value {path} failed")
    return document
