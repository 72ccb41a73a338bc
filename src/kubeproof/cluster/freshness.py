"""How new a list of objects has to be: not older than what this process has seen or written.

An API server answers a list without a resourceVersion from its watch cache once that has caught
up with its store. Where nothing of that kind has changed lately it first asks the store for a sign
of progress, which takes up to a tenth of a second (KEP-2340, ConsistentListFromCache). A list that
need not be newer than what is known of the kind is answered at once, and still never contradicts
what was read or written before (reference/using-api/api-concepts, resourceVersion of get and list).
"""

from dataclasses import dataclass, field

from kubeproof.model import Object

Kind = tuple[str, str]  # apiVersion and kind


@dataclass
class Freshness:
    """The newest resourceVersion that is known of each kind."""

    _known: dict[Kind, int] = field(default_factory=dict[Kind, int])

    def asked_of(self, kind: Kind) -> str | None:
        """What a list has to be as new as; None where it has to be as new as can be."""
        return str(self._known[kind]) if kind in self._known else None

    def met(self, kind: Kind, told: Object) -> None:
        """An object, or a list of objects, came from the API server."""
        metadata: Object = told.get("metadata") or {}
        version = str(metadata.get("resourceVersion", ""))
        # Since v1.35 versions are numbers that can be compared (KEP-5504); others are left alone.
        if version.isdecimal():
            self._known[kind] = max(int(version), self._known.get(kind, 0))

    def unsure(self, kind: Kind) -> None:
        """An object was deleted, and nothing told as of which version."""
        self._known.pop(kind, None)
