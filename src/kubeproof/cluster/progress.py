"""Showing the user what takes long, while it takes long."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


def on_stderr(line: str) -> None:
    """Print a line at once, beside what a run prints.

    It goes to the terminal's own stream: pytest keeps what is written to ``sys.stderr``.
    """
    stream = sys.__stderr__
    if stream is not None and not stream.closed:
        print(f"kubeproof: {line}", file=stream, flush=True)
