"""What every cluster kind offers: an API, an outside client, and what it is capable of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from kubeproof.capability import Finding
from kubeproof.errors import KubeproofError
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import Budgets

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api


class NoNodeAccess(KubeproofError):
    """Raised when a cluster's nodes cannot be looked into; the text says why."""


class Cluster(Protocol):
    """A cluster under test. The kubeconfig is the seam: all kinds share one code path above it."""

    @property
    def kind(self) -> str:
        """Which kind of cluster it is: every output says so."""
        ...

    @property
    def disposable(self) -> bool:
        """Whether it ends with the run, so that nothing in it needs to be taken away."""
        ...

    @property
    def api(self) -> "Api":
        """The Kubernetes API."""
        ...

    @property
    def kubeconfig(self) -> str:
        """The text of a kubeconfig for it, for the operator's tools."""
        ...

    @property
    def outside(self) -> Vantage | None:
        """A client on the nodes' network that is not in the cluster; None where there is none."""
        ...

    @property
    def another_outside(self) -> Vantage | None:
        """A second such client, with another address; None where there is none."""
        ...

    @property
    def budgets(self) -> Budgets:
        """How long things may take there."""
        ...

    def findings(self) -> Mapping[str, Finding]:
        """Each capability: whether it is there, and how that is known."""
        ...

    def rules(self, node: str) -> str:
        """The Service rules of a node as text, as evidence; empty where it has none.

        Raises:
            NoNodeAccess: the nodes cannot be looked into.
        """
        ...

    def connections(self, node: str) -> Sequence[str]:
        """The connections that a node tracks, a line each, as ``conntrack -L`` shows them.

        Raises:
            NoNodeAccess: the nodes cannot be looked into.
        """
        ...

    def close(self) -> None:
        """Give everything back that was made for this run."""
        ...
