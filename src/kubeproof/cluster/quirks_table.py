"""The table in docs/quirks.md; ``python -m kubeproof.cluster.quirks_table docs/quirks.md``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from kubeproof.cluster.quirks import QUIRKS

BEGIN, END = "<!-- quirks -->", "<!-- end of quirks -->"


def table() -> str:
    """Every quirk, as Markdown."""
    return "\n".join(_rows())


def _rows() -> Iterator[str]:
    yield "| implementation | what to expect | touches |"
    yield "|---|---|---|"
    for one in QUIRKS:
        told = f"{one.says} [Reference]({one.reference})"
        yield f"| {one.of} | {told} | {', '.join(one.behaviours)} |"


def refreshed(text: str) -> str:
    """The document with the table as it is now; ValueError where it has no place for one."""
    head, _, rest = text.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"no {BEGIN} … {END} in the document")
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(refreshed(document.read_text(encoding="utf-8")), encoding="utf-8")
