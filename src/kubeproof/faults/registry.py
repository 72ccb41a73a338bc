"""Every fault, by name. The sandbox's own tables are the source of names; a test compares."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from kubeproof.errors import Misuse
from kubeproof.faults.allocation import ALLOCATION
from kubeproof.faults.api import API
from kubeproof.faults.controllers import CONTROLLERS
from kubeproof.faults.dataplane import BALANCING, CHANGES, REACHING
from kubeproof.faults.endpoints import ENDPOINTS
from kubeproof.faults.fault import Fault
from kubeproof.faults.names import DNS, TOLD
from kubeproof.faults.network_policies import NETWORK_POLICIES
from kubeproof.faults.on_nodes import ON_NODES
from kubeproof.faults.policies import POLICIES, TOPOLOGY
from kubeproof.faults.surroundings import SURROUNDINGS

_ALL = (
    *ALLOCATION,
    *ENDPOINTS,
    *API,
    *CONTROLLERS,
    *REACHING,
    *BALANCING,
    *POLICIES,
    *TOPOLOGY,
    *CHANGES,
    *SURROUNDINGS,
    *DNS,
    *TOLD,
    *NETWORK_POLICIES,
)

FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in _ALL})


def faults_of(kind: str) -> Mapping[str, Fault]:
    """The faults of a kind of cluster: the sandbox has its own, the others have real nodes."""
    return FAULTS if kind == "sandbox" else ON_NODES


def named(name: str, kind: str = "sandbox") -> Fault:
    """The fault of that name; it may be bound to a node: ``node-not-updated@k8s-node2``.

    Raises:
        Misuse: there is none; the text names those that are called alike.
    """
    plain, there = name.partition("@")[0], faults_of(kind)
    if plain in there:
        return there[plain]
    near = get_close_matches(plain, there, n=3, cutoff=0.5)
    near += [one for one in there if plain and plain in one and one not in near][:3]
    hint = f"did you mean {', '.join(near)}?" if near else "docs/faults.md lists them"
    raise Misuse(f"unknown fault {plain!r}; {hint}")


def reddening() -> dict[str, list[str]]:
    """The faults that a behaviour must notice, by its id."""
    found: dict[str, list[str]] = {}
    for fault in FAULTS.values():
        for behaviour in fault.behaviours:
            found.setdefault(behaviour, []).append(fault.name)
    return {behaviour: sorted(names) for behaviour, names in found.items()}


def check(names: Iterable[str]) -> None:
    """See that every name is a fault's.

    Raises:
        Misuse: one is not.
    """
    for name in names:
        named(name)
