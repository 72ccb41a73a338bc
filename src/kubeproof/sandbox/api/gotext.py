"""Values written as Go writes them, because Kubernetes' messages are Go's."""

import json
from typing import Any, cast

_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def quote(text: str) -> str:
    """A string as Go's ``%q`` prints it."""
    return '"' + "".join(_quoted(char) for char in text) + '"'


def _quoted(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(value: Any) -> str:
    """A value as Go's ``%v`` prints the simple types: true and false, numbers as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def structure(value: Any) -> str:
    """A value as Go's ``%v`` prints maps and slices: ``map[a:1 b:[x y]]``."""
    if isinstance(value, dict):
        pairs = sorted(cast("dict[str, Any]", value).items())
        return f"map[{' '.join(f'{key}:{structure(item)}' for key, item in pairs)}]"
    if isinstance(value, list):
        return f"[{' '.join(structure(item) for item in cast('list[Any]', value))}]"
    return "<nil>" if value is None else plain(value)


def marshal(value: Any) -> str:
    """A value as Go's encoding/json writes it: compact, maps sorted, HTML characters escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
