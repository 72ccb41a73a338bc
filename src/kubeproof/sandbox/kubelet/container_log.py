"""What a container wrote: its lines with the moment each was written, as the runtime keeps them."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

MOST_LINES = 20_000
"""Lines kept of one container; the kubelet rotates at 10 MiB, which is about as much."""


class Line(NamedTuple):
    """One line without its line end; ``moment`` in nanoseconds since the epoch."""

    moment: int
    text: str

    @property
    def stamp(self) -> str:
        """The moment as ``kubectl logs --timestamps`` shows it (RFC 3339 with nanoseconds)."""
        seconds, fraction = divmod(self.moment, 10**9)
        whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{whole}.{fraction:09d}Z"


class ContainerLog:
    """The lines of one run of a container, and who follows them."""

    def __init__(self, moment: Callable[[], float]) -> None:
        self._moment = moment
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._followers: list[Callable[[Line | None], None]] = []
        self.closed = False

    def write(self, text: str) -> None:
        """Append lines as they are."""
        moment = int(self._moment() * 1e9)
        for part in text.rstrip("\n").split("\n"):
            self._append(Line(moment, part))

    def print(self, message: str) -> None:
        """Append what Go's standard logger prints when klog has taken it over, as in agnhost.

        The format is ``Immdd hh:mm:ss.uuuuuu pid file:line] message``; the file is always the
        logger's own.
        """
        seconds = self._moment()
        moment = datetime.fromtimestamp(seconds, UTC).strftime("%m%d %H:%M:%S.%f")
        text = message.rstrip("\n")
        self._append(Line(int(seconds * 1e9), f"I{moment}       1 log.go:244] {text}"))

    def lines(self) -> Iterator[Line]:
        """Every line that is kept, oldest first."""
        return iter(tuple(self._lines))

    def last(self) -> str:
        """The text of the last line, empty where there is none."""
        return self._lines[-1].text if self._lines else ""

    def follow(self, tell: Callable[[Line | None], None]) -> Callable[[], None]:
        """Be told of every further line, and of the end by None; the answer ends that."""
        self._followers.append(tell)

        def unfollow() -> None:
            if tell in self._followers:
                self._followers.remove(tell)

        return unfollow

    def close(self) -> None:
        """The container has ended: tell whoever follows."""
        self.closed = True
        for tell in list(self._followers):
            tell(None)
        self._followers.clear()

    def _append(self, line: Line) -> None:
        self._lines.append(line)
        for tell in list(self._followers):
            tell(line)
