"""Documents of which a part is generated: it stands between two marks, and is replaced."""

import sys
from collections.abc import Callable
from pathlib import Path


def replaced(text: str, begin: str, end: str, now: str) -> str:
    """The document with its part between the marks as it is now.

    Raises:
        ValueError: it has no such part.
    """
    head, _, rest = text.partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"no {begin} … {end} in the document")
    return f"{head}{begin}\n\n{now}\n\n{end}{tail}"


def rewrite(refreshed: Callable[[str], str]) -> None:
    """Bring the document that the command line names up to date."""
    document = Path(sys.argv[1])
    document.write_text(refreshed(document.read_text(encoding="utf-8")), encoding="utf-8")
