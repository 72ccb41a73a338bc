"""What a fault is: a named way to break a cluster, and who must notice it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Place(StrEnum):
    """Where in a cluster a fault acts."""

    API = "API server"
    CONTROLLER = "controller"
    RULES = "dataplane rules"
    NETWORK = "network"
    NODE = "node"
    DNS = "cluster DNS"
    DOOR = "operator's door"


@dataclass(frozen=True, slots=True)
class Fault:
    """A named way to break a cluster.

    ``caught_by`` says which behaviours must notice it and, for each, how the text of the failure
    begins (a regular expression): the vantage and the target that the fault touches, or the
    object and the field. A red that says anything else is red for the wrong reason.
    """

    name: str
    sentence: str  # in operators' words
    reference: str  # the incident it stands for; the documentation where none is known
    acts: Place
    caught_by: Mapping[str, str] = field(default_factory=dict[str, str])
    node: str = ""  # where it is switched on for a proof; everywhere if empty
    fresh: bool = False  # whether a sandbox's past would hide it, or its traces outlast it there
    breaks: tuple[str, ...] = ()
    """Behaviours whose check it breaks: neither green nor red may come out."""

    @property
    def switch(self) -> str:
        """What is switched on: the name, bound to a node where the fault is one node's."""
        return f"{self.name}@{self.node}" if self.node else self.name

    @property
    def seen_before(self) -> bool:
        """Whether the reference tells of an incident, and not only of what is promised."""
        return "kubernetes.io/docs/" not in self.reference

    @property
    def behaviours(self) -> tuple[str, ...]:
        """Every behaviour that has to notice it, in one way or the other."""
        return (*self.caught_by, *self.breaks)


def seen_by(sign: str, *behaviours: str) -> dict[str, str]:
    """These behaviours, all of whose failures begin alike."""
    return dict.fromkeys(behaviours, sign)
