"""A process that owns a sandbox: starts one, tells about it, and waits to be killed.

    owner.py hold|fork|spawn|interrupt

It prints one line of JSON when its sandbox is up, and one more at an orderly end.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kubeproof.sandbox.client import Sandbox


def hold() -> int:
    """Only the sandbox, no child."""
    return 0


def fork() -> int:
    """A forked child which keeps a copy of every descriptor, as multiprocessing makes them."""
    child = os.fork()
    if not child:
        signal.pause()
    return child


def spawn() -> int:
    """A child program which inherits what can be inherited."""
    return subprocess.Popen(["sleep", "60"], close_fds=False).pid


CHILDREN: dict[str, Callable[[], int]] = {
    "hold": hold,
    "fork": fork,
    "spawn": spawn,
    "interrupt": hold,
}


def tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def main(kind: str) -> None:
    with Sandbox.start() as sandbox:
        child = CHILDREN[kind]()
        try:
            tell(
                guardian=sandbox.pid,
                api_url=sandbox.api_url,
                child=child,
                fds=control_fds(),
            )
            signal.pause()
        except KeyboardInterrupt:
            sandbox.settled()
            sandbox.socket("outside").close()
    tell(closed=True)


def control_fds() -> list[str]:
    """What every open descriptor beyond the standard ones leads to."""
    found: list[str] = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the directory's own descriptor, closed by now
            if int(fd.name) > 2:
                found.append(str(fd.readlink()))
    return found


if __name__ == "__main__":
    main(sys.argv[1])
