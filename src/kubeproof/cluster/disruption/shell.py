"""Ways into the nodes of a cluster: as root, with the node's own files, network and processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kubeproof.cluster.docker_client import Docker, Executed


class NodeShell(Protocol):
    """Runs commands on nodes."""

    def execute(self, node: str, command: Sequence[str]) -> Executed:
        """Run a command on a node and wait for it.

        Raises:
            KubeproofError: the node could not be entered.
        """
        ...

    def close(self) -> None:
        """Take away what it needed on the nodes."""
        ...


@dataclass(frozen=True, slots=True)
class DockerShell:
    """The way into nodes that are containers of those names."""

    docker: Docker

    def execute(self, node: str, command: Sequence[str]) -> Executed:
        """Run a command in a node's container.

        Raises:
            ClusterUnavailable: Docker refused, or did not answer.
        """
        return self.docker.execute(node, command)

    def close(self) -> None:
        """Nothing was needed."""
