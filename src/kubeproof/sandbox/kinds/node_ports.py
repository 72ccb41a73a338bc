"""The node ports of the cluster: which are taken, and a request's dealings with them.

A port is taken as a number, whatever its protocol (as in Kubernetes 1.36, whose allocator knows
no protocols); health-check node ports come out of the same range.
"""

from collections.abc import Callable

from kubeproof.sandbox.kinds import ranges
from kubeproof.sandbox.kinds.ranges import Refused


class NodePorts:
    """Every node port that is taken."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        self.last = last
        size = last - first + 1
        self._size = size
        self._reserved = ranges.band(size, smallest=16, largest=128, step=32)
        self._taken: set[int] = set()

    def __contains__(self, port: int) -> bool:
        return port in self._taken

    def begin(self, dry_run: bool) -> "Operation":
        """A request's dealings with the ports; nothing is taken before it commits."""
        return DryOperation(self) if dry_run else Operation(self)

    def require_in_range(self, port: int) -> None:
        """Raise Refused for a port outside the range."""
        if not self.first <= port <= self.last:
            raise Refused(
                "provided port is not in the valid range. "
                f"The range of valid ports is {self.first}-{self.last}"
            )

    def free(self, taken: ranges.Taken) -> int:
        """A port that nobody has and that ``taken`` does not name; raises Refused when full."""
        port = ranges.pick(
            self.first,
            self._size,
            self._reserved,
            lambda number: number in self._taken or taken(number),
        )
        if port is None:
            raise Refused("range is full")
        return port

    def exchange(self, take: set[int], release: set[int]) -> Callable[[], None]:
        """Take and release ports at once; the answer restores what was before."""
        before = set(self._taken)
        self._taken = (before | take) - release

        def restore() -> None:
            self._taken = before

        return restore

    def release(self, port: int) -> None:
        """Give a port back; one that is free already stays free."""
        self._taken.discard(port)


class Operation:
    """What one request wants to take and to release."""

    def __init__(self, ports: NodePorts) -> None:
        self._ports = ports
        self._take: list[int] = []
        self._release: set[int] = set()

    def allocate(self, port: int) -> None:
        """Want this very port; raises Refused if it is taken or out of range."""
        self._ports.require_in_range(port)
        self._reserve(port)

    def _reserve(self, port: int) -> None:
        if port in self._ports or port in self._take:
            raise Refused("provided port is already allocated")
        self._take.append(port)

    def allocate_next(self) -> int:
        """Want any port; raises Refused when none is left."""
        port = self._ports.free(self._take.__contains__)
        self._take.append(port)
        return port

    def release(self, port: int) -> None:
        """Give a port back, once the request has succeeded."""
        self._release.add(port)

    def commit(self) -> Callable[[], None]:
        """Take and release for good; the answer undoes that."""
        return self._ports.exchange(set(self._take), self._release)


class DryOperation(Operation):
    """A dry run: numbers it chooses are stand-ins outside the range, and nothing is kept."""

    def allocate(self, port: int) -> None:
        """Check that the port is free; a dry run does not look at the range."""
        self._reserve(port)

    def allocate_next(self) -> int:
        """A number that stands for the port a real request would get."""
        port = max(self._take, default=32768) + 1
        self._take.append(port)
        return port

    def commit(self) -> Callable[[], None]:
        """Nothing is kept."""
        return lambda: None
