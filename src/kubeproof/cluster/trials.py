"""What no cluster tells of itself, and what is therefore tried out with Pods before it is used.

An API server takes NetworkPolicies whether or not anybody enforces them, and SCTP needs modules
of the nodes' kernels. A trial happens at most once in a run, when a scenario first asks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.cluster.clients import PORT, Clients
from kubeproof.cluster.nodes import all_nodes, placeable
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.workload import await_ready
from kubeproof.errors import NotSettled
from kubeproof.manifest import Manifest, pinned, placed, restricted
from kubeproof.model import Node, Pod
from kubeproof.probing import Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.waiting import settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

WITHIN = 15.0  # seconds; network plugins that enforce policies do so within a few
SCTP_PORT = 8081


@dataclass
class Trials:
    """Tries things out with the run's clients; what a trial makes is gone when it returns."""

    clients: Clients

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """The nodes on which the Pods of a trial can be."""
        return placeable(all_nodes(self._api))

    @property
    def each(self) -> Mapping[str, Callable[[], Finding]]:
        """The trial for each capability."""
        return {"network-policy": self.network_policy, "sctp": self.sctp}

    @property
    def _api(self) -> "Api":
        return self.clients.run.api

    def network_policy(self) -> Finding:
        """A client is answered, is kept out by a policy, and is answered again without it."""
        client, namespace = self.clients.on(self.nodes[0]), self._namespace("policy")
        try:
            server = self.clients.start(namespace, "server", self.nodes[-1], "a Pod")
            return self._policy_seen(client, _pod(server), namespace)
        except Rejected as error:
            return Finding(False, f"NetworkPolicies cannot be tried here: {error}")
        finally:
            self.clients.run.drop_namespace(namespace)

    def _policy_seen(self, client: DialVantage, server: Target, namespace: str) -> Finding:
        if not self._comes_to(client, server, Outcome.ANSWERED):
            return Finding(False, f"{client.name} is not answered by {server} without any policy")
        policy = self._manifest("nothing-allowed").find("NetworkPolicy", "nothing-allowed")
        self._api.create(placed(policy, namespace, self.clients.run.labels))
        if not self._comes_to(client, server, Outcome.TIMED_OUT, Outcome.REFUSED):
            why = f"a NetworkPolicy that allows nothing still let a client in after {WITHIN:g} s"
            return Finding(False, why)
        group, name = policy["apiVersion"], policy["metadata"]["name"]
        self._api.delete("NetworkPolicy", name, namespace, group=group)
        back = self._comes_to(client, server, Outcome.ANSWERED)
        did = "did so again once it was gone" if back else "did not answer when it was gone either"
        return Finding(back, f"a NetworkPolicy kept a client from a Pod, which {did}")

    def _comes_to(self, client: DialVantage, server: Target, *wanted: Outcome) -> bool:
        """Whether a dial comes to one of these outcomes in time."""
        try:
            settle(
                lambda: next(iter(client.ask(server))).outcome,
                lambda seen: seen in wanted,
                what=f"{client.name} and {server} come to {wanted[0].value}",
                within=WITHIN,
                every=self.clients.run.budgets.control_plane_poll,
            )
        except NotSettled:
            return False
        return True

    def sctp(self) -> Finding:
        """A Pod on one node answers a Pod on another over SCTP."""
        client, namespace = self.clients.on(self.nodes[0]), self._namespace("sctp")
        self.clients.on(self.nodes[-1])  # so that the image is there, and time is for SCTP
        try:
            return self._sctp_seen(client, namespace)
        except Rejected as error:
            return Finding(False, f"SCTP cannot be tried here: {error}")
        except NotSettled:
            return Finding(False, "a Pod that listens on SCTP does not become Ready on the nodes")
        finally:
            self.clients.run.drop_namespace(namespace)

    def _sctp_seen(self, client: DialVantage, namespace: str) -> Finding:
        server = self._sctp_server(namespace)
        query = {
            "host": server.address,
            "port": str(SCTP_PORT),
            "protocol": "sctp",
            "request": "hostname",
            "tries": "3",
        }
        told = client.proxy("dial", query).json()
        answered = server.name in (told.get("responses") or ())
        how = "answers" if answered else f"does not answer ({(told.get('errors') or ['?'])[0]})"
        return Finding(answered, f"a Pod on {server.node} {how} {client.name} over SCTP")

    def _sctp_server(self, namespace: str) -> Pod:
        run = self.clients.run
        pod = pinned(self._manifest("sctp").find("Pod", "sctp"), self.nodes[-1].hostname)
        self._api.create(placed(restricted(pod, self.clients.image), namespace, run.labels))
        soon = replace(run.budgets, pods_ready=WITHIN)
        return await_ready(self._api, namespace, ["sctp"], soon)[0]

    def _namespace(self, purpose: str) -> str:
        return self.clients.run.make_namespace(purpose)

    def _manifest(self, stem: str) -> Manifest:
        return Manifest.load(self.clients.manifest.with_name(f"{stem}.yaml"))


def _pod(vantage: DialVantage) -> Target:
    return Target(vantage.name, next(iter(vantage.addresses)), PORT)
