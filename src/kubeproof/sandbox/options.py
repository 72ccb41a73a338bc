"""What a sandbox can be asked to be, and what it says of its nodes."""

from dataclasses import dataclass

MOST_NODES = 9


@dataclass(frozen=True, slots=True)
class Options:
    """How one sandbox is to be. Raises ValueError for what no sandbox can be.

    ``api_port`` 0 means any free port of 127.0.0.1. ``faults`` are on from the first moment.
    ``name`` is the cluster's name in the kubeconfig. ``dial_timeout`` is after how many seconds a
    Pod that dials for somebody gives up a connection that gets no answer. ``node_port_range`` is
    the first and the last node port.
    """

    nodes: int = 3
    load_balancer: bool = True
    api_port: int = 0
    faults: tuple[str, ...] = ()
    name: str = "sandbox"
    dial_timeout: float = 5.0  # agnhost's own
    node_port_range: tuple[int, int] = (30000, 32767)

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= MOST_NODES:
            raise ValueError(f"a sandbox has 1 to {MOST_NODES} nodes, not {self.nodes}")
        if not 0 <= self.api_port <= 65535:
            raise ValueError(f"{self.api_port} is no port number")
        first, last = self.node_port_range
        if not 1 <= first <= last <= 65535:
            raise ValueError(f"{first}-{last} is no range of ports")

    @property
    def node_names(self) -> tuple[str, ...]:
        """What the nodes will be called."""
        return tuple(f"k8s-node{number + 1}" for number in range(self.nodes))


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node as the outside sees it: its name and its address on the node LAN."""

    name: str
    address: str
