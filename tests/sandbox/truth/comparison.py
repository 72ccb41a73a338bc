"""Whether an answer is what a real cluster answered, but for what differs from run to run.

Addresses, node ports, uids, versions, times and generated names are somebody's choice; but the
same choice must show wherever the real cluster showed the same one.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeGuard

from kubeproof.sandbox.objects import Object

NODES = {f"node{index}": f"k8s-node{index}" for index in range(1, 10)}

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SHAPES = {
    "uid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "containerID": re.compile(r"containerd://[0-9a-f]{64}"),
    "imageID": re.compile(r"sha256:[0-9a-f]{64}"),
    "continue": re.compile(r"\S+"),
    "bootID": re.compile(r"[0-9a-f-]{36}"),
}
_OWN = re.compile(r"10\.(96|244)\.\d+\.\d+")
"""Addresses which the cluster hands out."""

_GENERATED = re.compile(r"(?P<base>.+-)[bcdfghjklmnpqrstvwxz2456789]{5}")
_AGE = re.compile(r"\d+[smh]")
_CLIENT = re.compile(r"\d+\.\d+\.\d+\.\d+:(?P<port>\d{2,5})")
_PORTS = range(30000, 32768)
_ANNOTATION_TIMES = ("endpoints.kubernetes.io/last-change-trigger-time",)
_MISSING = "(nothing)"


def is_object(value: Any) -> TypeGuard[Object]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


class Comparison:
    """Compares answers one after the other and remembers which choices stand for which."""

    def __init__(self, stated_ports: Iterable[int] = ()) -> None:
        self._stated = frozenset(stated_ports)
        self._known: dict[Any, Any] = dict(NODES)
        self._versions: dict[str, str] = {}

    def learn(self, real: str, own: str) -> None:
        """Note what stands for something that no answer shows before it is needed."""
        self._known[real] = own

    def translate(self, value: Any, key: str = "") -> Any:
        """A request of the real run with this run's addresses, ports, uids and names."""
        if is_object(value):
            return {key: self.translate(item, key) for key, item in value.items()}
        if is_list(value):
            return [self.translate(item) for item in value]
        if isinstance(value, str):
            known = self._versions if key == "resourceVersion" else {}
            return known.get(value) or self.spelled(value)
        return value if isinstance(value, bool) else self._known.get(value, value)

    def spelled(self, text: str) -> str:
        """Text of the real run with this run's choices."""
        if text in self._known:
            return str(self._known[text])
        words = {str(word): str(own) for word, own in self._known.items() if len(str(word)) > 4}
        longest_first = sorted(words, key=len, reverse=True)
        pattern = rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w-]|\.\d)"
        return re.sub(pattern, lambda found: words[found[1]], text)

    def differences(self, real: Any, own: Any, path: str = "") -> list[str]:
        """What differs, one line a place; empty where nothing does."""
        if is_object(real) and is_object(own):
            return self._objects(real, own, path)
        if is_list(real) and is_list(own):
            return self._lists(real, own, path)
        if self._same(real, own, path):
            return []
        return [f"{path or '(body)'}: the real cluster has {real!r}, the sandbox {own!r}"]

    def _objects(self, real: Object, own: Object, path: str) -> list[str]:
        found: list[str] = []
        translated = {self.spelled(key): value for key, value in real.items()}
        for key in dict.fromkeys([*translated, *own]):
            if key == "managedFields":
                continue
            first, second = translated.get(key, _MISSING), own.get(key, _MISSING)
            found += self.differences(first, second, f"{path}.{key}" if path else key)
        return found

    def _lists(self, real: list[Any], own: list[Any], path: str) -> list[str]:
        if len(real) != len(own):
            short = f"the real cluster has {len(real)} items, the sandbox {len(own)}"
            return [f"{path}: {short}: {_names(real)} and {_names(own)}"]
        pairs = enumerate(zip(real, own, strict=True))
        return [
            line
            for index, (first, second) in pairs
            for line in self.differences(first, second, f"{path}[{index}]")
        ]

    def _same(self, real: Any, own: Any, path: str) -> bool:
        if type(real) is not type(own):
            return False
        if isinstance(real, bool) or real is None:
            return real == own
        return (
            self._same_text(real, own, path)
            if isinstance(real, str)
            else self._same_number(real, own)
        )

    def _same_number(self, real: int, own: int) -> bool:
        if real in _PORTS and real not in self._stated:
            return own in _PORTS and self._stands_for(real, own)
        return real == own

    def _same_text(self, real: str, own: str, path: str) -> bool:
        key = path.rpartition(".")[2]
        if key == "resourceVersion":
            self._versions[real] = own
            return own.isdigit()
        if self.spelled(real) == own:
            return True
        if key in _SHAPES:
            return bool(_SHAPES[key].fullmatch(own)) and self._stands_for(real, own)
        if _TIME.fullmatch(real):
            return bool(_TIME.fullmatch(own))
        return self._same_choice(real, own, path)

    def _same_choice(self, real: str, own: str, path: str) -> bool:
        if _OWN.fullmatch(real):
            same_range = bool(_OWN.fullmatch(own)) and real[:6] == own[:6]
            return same_range and self._stands_for(real, own)
        if _AGE.fullmatch(real) and ".cells" in path:
            return bool(_AGE.fullmatch(own))
        first, second = _GENERATED.fullmatch(real), _GENERATED.fullmatch(own)
        if first and second:
            return first["base"] == second["base"] and self._stands_for(real, own)
        return _without_port(self.spelled(real)) == _without_port(own) != own

    def _stands_for(self, real: Any, own: Any) -> bool:
        """Remember the choice; or say whether it is the one that was remembered."""
        if real in self._known:
            return self._known[real] == own
        if own in self._known.values():
            return False
        self._known[real] = own
        return True


def _names(items: list[Any]) -> list[str]:
    """What items of a list are called, so that one sees which are missing."""
    found: list[str] = []
    for item in items:
        inner: Any = item.get("object", item) if is_object(item) else item
        metadata: Object = inner.get("metadata", {}) if is_object(inner) else {}
        found.append(str(metadata.get("name", inner)))
    return found


def _without_port(text: str) -> str:
    """A client's address without the port, which its kernel chose."""
    return text.rpartition(":")[0] if _CLIENT.fullmatch(text) else text
