"""What a container's shell leaves running behind it, and the files that this writes."""

import asyncio
from collections.abc import Coroutine, Mapping
from itertools import count
from typing import Any

_FIRST = 1000


class Jobs:
    """The background processes of one container; they end with it."""

    def __init__(self) -> None:
        self._numbers = count(_FIRST)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._files: dict[str, str] = {}

    @property
    def files(self) -> Mapping[str, str]:
        """What has been written so far, by path."""
        return self._files

    def write(self, path: str, text: str) -> None:
        """Add to a file, which is made if it is not there."""
        self._files[path] = self._files.get(path, "") + text

    def start(self, work: Coroutine[Any, Any, None]) -> int:
        """Let something run; returns its process id."""
        number = next(self._numbers)
        self._tasks[number] = asyncio.get_running_loop().create_task(work)
        return number

    def kill(self, number: int) -> bool:
        """End a process; False if there is none of that number."""
        task = self._tasks.pop(number, None)
        return task is not None and (task.done() or task.cancel())

    def close(self) -> None:
        """End them all."""
        for number in list(self._tasks):
            self.kill(number)
