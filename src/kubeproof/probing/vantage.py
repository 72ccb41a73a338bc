"""Where a connection starts."""

from typing import Protocol

from kubeproof.probing.observation import Sample, Target


class Vantage(Protocol):
    """A place from which connections can be opened: outside, a node, a Pod, the operator."""

    @property
    def name(self) -> str:
        """What a reader calls it: ``a client outside the cluster (172.30.0.254)``."""
        ...

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses that are this client's own; empty where they are not known."""
        ...

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Open that many fresh connections one after the other and ask each who answers.

        With ``source`` the Pod is also asked, over the same connection, whom it sees. Never
        raises for what the network does; what breaks the check itself is Outcome.BROKEN.
        """
        ...
