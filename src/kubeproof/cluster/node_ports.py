"""The cluster's node port range, and where in it a manifest's fixed node ports are.

No field of the API tells the range. The API server names it when it refuses a port outside, and
it looks at that only when it would really allocate: a dry run takes any port (tried on v1.36.2).
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

_NAMED = re.compile(r"valid ports is (\d+)-(\d+)")
_TAKEN = "provided port is already allocated"
_OF_NODE_PORTS = ("node port", "healthCheckNodePort")
FIRST, LAST = 1, 65535


@dataclass(frozen=True, slots=True)
class NodePortRange:
    """The first and the last node port."""

    low: int = 30000
    high: int = 32767

    @property
    def lower_part(self) -> range:
        """What automatic choices leave to people (service/#avoid-nodeport-collisions)."""
        size = self.high - self.low + 1
        return range(self.low, self.low + min(max(16, size // 32), 128, size))

    def standing_for(self, number: int) -> int:
        """The port to ask for where a manifest has one: the same, if the range has it.

        One of the default range stands for one at the same place of the lower part; one that is
        no node port by default either is meant to be none.
        """
        if number in range(self.low, self.high + 1) or not DEFAULT.low <= number <= DEFAULT.high:
            return number
        return self.low + (number - DEFAULT.low) % len(self.lower_part)

    def worded(self, field: str, value: str) -> str:
        """The value that a field is to have here, where a scenario says ``value``."""
        fixed = field in _OF_NODE_PORTS and value.isdigit()
        return str(self.standing_for(int(value))) if fixed else value

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


DEFAULT = NodePortRange()


def range_named(refusal: str) -> NodePortRange | None:
    """The range that a refusal names; None where it names none."""
    found = _NAMED.search(refusal)
    return NodePortRange(int(found[1]), int(found[2])) if found else None


def node_port_range(api: "Api") -> NodePortRange | None:
    """The cluster's range; None where the API server does not tell.

    A Service is asked for, in namespace default, that no API server makes: its node ports are the
    lowest and the highest there are, and its health check wants the lowest once more. Where the
    range has them all, that is what is refused. One that is taken all the same is deleted at once.
    """
    service = _with_node_ports(FIRST, LAST)
    try:
        api.create(service)
    except Rejected as refusal:
        if _TAKEN in refusal.message:
            return NodePortRange(FIRST, LAST)
        return range_named(refusal.message)
    with suppress(Rejected):
        api.delete("Service", service["metadata"]["name"], "default")
    return NodePortRange(FIRST, LAST)


def _with_node_ports(*numbers: int) -> Object:
    ports = [{"name": f"port-{one}", "port": one, "nodePort": one} for one in numbers]
    local = {"externalTrafficPolicy": "Local", "healthCheckNodePort": numbers[0]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"kubeproof-{token_hex(3)}", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "ports": ports, **local},
    }
