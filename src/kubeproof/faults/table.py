"""The tables in docs/faults.md; ``python -m kubeproof.faults.table docs/faults.md`` writes them."""

from collections.abc import Iterable

from kubeproof.faults.fault import Fault, Place
from kubeproof.faults.on_nodes import ON_NODES
from kubeproof.faults.registry import FAULTS
from kubeproof.generated import replaced, rewrite

BEGIN, END = "<!-- faults -->", "<!-- end of faults -->"
NODES, END_OF_NODES = "<!-- faults of nodes -->", "<!-- end of faults of nodes -->"

_WORDED = {"second": "the second node", "every": "every node"}


def table() -> str:
    """Every fault, by the place where it acts, as Markdown."""
    return "\n\n".join(_of_place(place) for place in Place)


def _of_place(place: Place) -> str:
    there = sorted((one for one in FAULTS.values() if one.acts is place), key=lambda one: one.name)
    return "\n".join([f"### {place.value}", "", *_rows(there)])


def _rows(faults: Iterable[Fault]) -> Iterable[str]:
    yield "| fault | what it is | must be noticed by |"
    yield "|---|---|---|"
    for fault in faults:
        at = f" (proven on {_WORDED.get(fault.node, fault.node)})" if fault.node else ""
        noticed = ", ".join(fault.caught_by)
        if fault.breaks:
            noticed = f"the checks of {', '.join(fault.breaks)} break"
        told = "Seen before" if fault.seen_before else "Documentation"
        link = f"[{told}]({fault.reference})"
        yield f"| `{fault.name}` | {fault.sentence}{at} {link} | {noticed} |"


def refreshed(text: str) -> str:
    """The document with its tables as they are now; ValueError where it has no place for them."""
    text = replaced(text, BEGIN, END, table())
    return replaced(text, NODES, END_OF_NODES, "\n".join(_rows(ON_NODES.values())))


if __name__ == "__main__":
    rewrite(refreshed)
