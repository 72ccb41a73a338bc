"""From the words of a step to a question: who is the client, and where is the door."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kubeproof.cluster.clients import Clients
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Node, Pod, Service
from kubeproof.probing import Question, Target, Vantage
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.kept import KeptVantage
from kubeproof.probing.observation import Observation
from kubeproof.probing.question import Witness
from kubeproof.probing.steady import SteadyVantage


class Doors(Protocol):
    """Where a Service is dialled, before anybody has looked where that is."""

    @property
    def former(self) -> bool:
        """Whether these are the doors that the Service had when the scenario first saw it."""
        ...

    @property
    def service(self) -> str:
        """The name of the Service; empty where it is the one that was spoken of last."""
        ...

    def __call__(
        self, service: Service, nodes: Sequence[Node], pods: Sequence[Pod]
    ) -> list[Target]:
        """What to dial; of Pods of one name the last one is meant."""
        ...


@dataclass(frozen=True)
class Asking:
    """Knows every client of a scenario and the Services it may dial."""

    clients: Clients
    outside: Vantage | None
    another_outside: Vantage | None
    nodes: Sequence[Node]
    workload: Workload
    witness: Witness = field(repr=False)
    _neighbours: dict[str, Vantage] = field(default_factory=dict[str, Vantage], repr=False)
    _going_on: list[SteadyVantage] = field(default_factory=list[SteadyVantage], repr=False)
    _kept: list[KeptVantage] = field(default_factory=list[KeptVantage], repr=False)

    def question(self, client: Vantage, doors: Doors, attempt: Attempt) -> Question:
        """What this client asks at these doors of the Service, as it is now or as it was."""
        service = self._service(doors, attempt)
        found = doors(service, self.nodes, list(self.workload.met_pods.values()))
        if not found:
            raise CheckBroken(f"Service {service.name} has no such door to dial: {service}")
        if service.is_api:
            _refuse_unless_pod(client)
            found = [replace(one, is_api=True) for one in found]
        return Question([client], found, self.witness, self._aliases())

    def _service(self, doors: Doors, attempt: Attempt) -> Service:
        if attempt.service.is_api and not doors.service:
            return attempt.service  # it is the cluster's own: no scenario changes it
        name = doors.service or attempt.service.name
        seen = self.workload.first_seen if doors.former else None
        return seen[name] if seen else self.workload.present(name)

    def _aliases(self) -> dict[str, str]:
        hostnames = {node.name: node.hostname for node in self.nodes}
        pods = self.workload.met_pods.values()
        return {hostnames.get(pod.node, ""): pod.name for pod in pods if pod.host_network}

    def going_on(self, client: Vantage, doors: Doors, attempt: Attempt) -> Question:
        """What this client asks there again and again from now on, until the scenario ends."""
        once = self.question(client, doors, attempt)
        target = once.targets[0]
        steady = SteadyVantage(client, target)
        self._going_on.append(steady)
        return Question([steady], [target], self.witness)

    def over_one(self, client: Vantage, doors: Doors, attempt: Attempt) -> Question:
        """What this client asks there over one connection, which is open from now on."""
        target = self.question(client, doors, attempt).targets[0]
        kept = KeptVantage(client, target)
        self._kept.append(kept)
        return Question([kept], [target], self.witness)

    def anew(self) -> Question:
        """The same client at the same door as the connection that is kept open, over others."""
        kept = self._kept_open()
        return Question([kept.client], [kept.target], self.witness)

    def answered_first(self) -> str:
        """The Pod to which the connection was handed that is kept open."""
        return self._kept_open().first().pod

    def _kept_open(self) -> KeptVantage:
        if not self._kept:
            raise CheckBroken("no connection is kept open: give the scenario a line that opens one")
        return self._kept[-1]

    def everything_asked(self) -> list[Observation]:
        """Every try of the client that goes on, which ends with this."""
        if not self._going_on:
            raise CheckBroken("no client has gone on: give the scenario a Given that has one do so")
        told = list(self._going_on.pop().stop())
        for one in told:
            self.witness(one)
        return told

    def close(self) -> None:
        """End the clients that still go on."""
        while self._kept:
            self._kept.pop().stop()
        while self._going_on:
            self._going_on.pop().stop()

    def outsider(self) -> Vantage:
        """The client outside the cluster."""
        return _there(self.outside, "no client outside the cluster", "outside")

    def another_outsider(self) -> Vantage:
        """A second client outside the cluster, with another address."""
        return _there(
            self.another_outside, "no second client outside the cluster", "second-outside"
        )

    def pod(self, name: str) -> Vantage:
        """A Pod of the scenario as a client, as it is now."""
        return self.clients.inside(self.workload.pod(name))

    def neighbour(self, node: Node) -> Vantage:
        """A client in a Pod of the Service's own namespace, the same for a whole scenario."""
        if node.name not in self._neighbours:
            label = f"a Pod of the Service's namespace on {node.name}"
            name = f"neighbour-{secrets.token_hex(2)}"  # an earlier one may still be going
            started = self.clients.start(self.workload.namespace, name, node, label)
            self._neighbours[node.name] = started
        return self._neighbours[node.name]

    def throw_away(self) -> Vantage:
        """A client in a Pod that is started for one question, on the first node."""
        node = self.nodes[0]
        label = f"a throw-away Pod on {node.name}"
        name = f"throw-away-{secrets.token_hex(2)}"  # an earlier one may still be going
        return self.clients.start(self.workload.namespace, name, node, label)


def _refuse_unless_pod(client: Vantage) -> None:
    if not isinstance(client, DialVantage):
        raise CheckBroken(f"{client.name} is no Pod: nobody gives it the API server's certificate")


def _there(vantage: Vantage | None, without: str, capability: str) -> Vantage:
    if vantage is None:
        raise CheckBroken(f"{without} is to be had; tag the scenario @capability:{capability}")
    return vantage
