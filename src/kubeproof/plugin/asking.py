"""From the words of a step to a question: who is the client, and where is the door."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kubeproof.cluster.clients import Clients
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Node, Service
from kubeproof.probing import Question, Target, Vantage
from kubeproof.probing.question import Witness

Doors = Callable[[Service, Sequence[Node]], list[Target]]


@dataclass(frozen=True)
class Asking:
    """Knows every client of a scenario and the Services it may dial."""

    clients: Clients
    outside: Vantage | None
    nodes: Sequence[Node]
    workload: Workload
    witness: Witness = field(repr=False)

    def question(self, client: Vantage, doors: Doors, attempt: Attempt) -> Question:
        """What this client asks at these doors of the Service, as it is now."""
        service = self.workload.present(attempt.service.name)
        found = doors(service, self.nodes)
        if not found:
            raise CheckBroken(f"Service {service.name} has no such door to dial: {service}")
        return Question([client], found, self.witness)

    def outsider(self) -> Vantage:
        """The client outside the cluster."""
        if self.outside is None:
            raise CheckBroken(
                "no client outside the cluster is to be had; tag the scenario @capability:outside"
            )
        return self.outside

    def throw_away(self) -> Vantage:
        """A client in a Pod that is started for one question, on the first node."""
        node = self.nodes[0]
        label = f"a throw-away Pod on {node.name}"
        name = f"throw-away-{secrets.token_hex(2)}"  # an earlier one may still be going
        return self.clients.start(self.workload.namespace, name, node, label)
