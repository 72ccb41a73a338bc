"""Which faults are switched on: a live set that the renderer and the controllers look at.

A fault is a name, or a name bound to one node: ``node-not-updated@k8s-node2``. The set is empty
in ordinary life; it exists so that scenarios can be proven able to fail.
"""

from collections.abc import Callable, Iterable


class Faults:
    """The faults of one sandbox. Single-threaded: it lives on the sandbox's event loop."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._subscribers: list[Callable[[], None]] = []

    @property
    def names(self) -> frozenset[str]:
        """Every fault that is on, as it was named."""
        return self._names

    def active(self, name: str, node: str = "") -> bool:
        """Whether the fault is on: everywhere, or on the node that is asked for."""
        return name in self._names or (bool(node) and f"{name}@{node}" in self._names)

    def for_node(self, node: str) -> frozenset[str]:
        """The faults that one node suffers, without their node part."""
        split = (name.partition("@") for name in self._names)
        return frozenset(name for name, _, where in split if where in ("", node))

    def replace(self, names: Iterable[str]) -> None:
        """Switch to exactly these faults and tell every subscriber."""
        self._names = frozenset(names)
        for tell in list(self._subscribers):
            tell()

    def subscribe(self, tell: Callable[[], None]) -> None:
        """Be told whenever the set was replaced."""
        self._subscribers.append(tell)
