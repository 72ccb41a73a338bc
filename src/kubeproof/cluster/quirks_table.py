"""The table in docs/quirks.md; ``python -m kubeproof.cluster.quirks_table docs/quirks.md``."""

from collections.abc import Iterator

from kubeproof.cluster.quirks import QUIRKS
from kubeproof.generated import replaced, rewrite

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
    return replaced(text, BEGIN, END, table())


if __name__ == "__main__":
    rewrite(refreshed)
