"""From the words of a step to a lookup, and to what is wanted of its answer.

In a name, NAMESPACE stands for the scenario's namespace and ZONE for the cluster's domain, which
is read from the Pod that looks up: clusters differ in it.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import CheckBroken
from kubeproof.model import Service
from kubeproof.plugin.patterns import PODS, any_of, looked_up, quoted
from kubeproof.probing import Vantage, lookup
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.lookup import DnsLookup, HostsLookup, Lookup, Reply, zone_of
from kubeproof.probing.question import Witness
from kubeproof.probing.shell import Shell
from kubeproof.probing.told import Wish, nothing, silence, values

_NAME = r'"[^"]+"'

_KINDS: Mapping[str, str] = {
    "": lookup.ADDRESS,
    "the IPv6 address of ": lookup.ADDRESS6,
    "the alias ": lookup.ALIAS,
    "the port of ": lookup.SERVICE,
}
_REVERSE = "the ClusterIP"
_IN_HOSTS = " in its /etc/hosts"
LOOKED_UP = rf"(?:{'|'.join(_KINDS)}){_NAME}(?:{_IN_HOSTS})?|{_REVERSE}"


@dataclass(frozen=True)
class Naming:
    """Knows whose names a scenario speaks of."""

    workload: Workload
    witness: Witness = field(repr=False)

    def lookup(self, client: Vantage, words: str, attempt: Attempt | None) -> Lookup:
        """What this client looks up."""
        shell = shell_of(client)
        if words == _REVERSE:
            address = ipaddress.ip_address(_spoken_of(attempt).service.cluster_ip)
            return self._asked(shell, f"{address.reverse_pointer}.", lookup.NAME)
        what, name, where = words.split('"')
        name = self.written(name, shell)
        if where:
            return HostsLookup(shell, name, self.witness)
        return self._asked(shell, name, _KINDS[what])

    def written(self, text: str, shell: Shell) -> str:
        """A name in full."""
        text = text.replace("NAMESPACE", self.workload.namespace)
        return text.replace("ZONE", zone_of(shell)) if "ZONE" in text else text

    def wish(self, words: str, asked: Lookup, attempt: Attempt | None) -> Wish:
        """What the answer has to be."""
        match, made = looked_up(words, _ANSWERS)
        return made(match, _Place(self, asked, attempt))

    def _asked(self, shell: Shell, name: str, kind: str) -> DnsLookup:
        timeout = self.workload.budgets.connect_timeout
        return DnsLookup(shell, name, kind, timeout, self.witness)


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose answer is spoken of."""

    naming: Naming
    asked: Lookup
    attempt: Attempt | None

    @property
    def service(self) -> Service:
        """The Service that was spoken of last, as it is now."""
        return self.naming.workload.present(_spoken_of(self.attempt).name)

    def written(self, name: str) -> str:
        """A name in full."""
        return self.naming.written(name, self.asked.shell)

    def exactly(self, words: str, *wanted: str) -> Wish:
        """These values and no others."""
        return values(words, self.asked.kind, frozenset(wanted))


def _spoken_of(attempt: Attempt | None) -> Attempt:
    if attempt is None:
        raise CheckBroken("a Service is spoken of, and no step before has made one")
    return attempt


def _cluster_ip(match: re.Match[str], place: _Place) -> Wish:
    wanted = [one for one in place.service.cluster_ips if _is_of(one, place.asked.kind)]
    return place.exactly(f"the ClusterIP of {place.service.name}", *wanted)


def _api_server(match: re.Match[str], place: _Place) -> Wish:
    service = Service.of(place.naming.workload.api.get("Service", "kubernetes", "default"))
    return place.exactly(match[0], service.cluster_ip)


def _ready_pods(match: re.Match[str], place: _Place) -> Wish:
    pods = place.naming.workload.backends(place.service)
    return place.exactly("the address of every ready Pod", *(pod.address for pod in pods))


def _pods(match: re.Match[str], place: _Place) -> Wish:
    pods = [place.naming.workload.pod(name) for name in quoted(match[1])]
    return place.exactly(f"the address of {match[1]}", *(pod.address for pod in pods))


def _nothing(match: re.Match[str], place: _Place) -> Wish:
    return nothing(match[0])


def _silence(match: re.Match[str], place: _Place) -> Wish:
    return silence()


def _name(match: re.Match[str], place: _Place) -> Wish:
    return place.exactly("the name", place.written(match[1]))


def _port(match: re.Match[str], place: _Place) -> Wish:
    port, name = match[1], place.written(match[2])
    return Wish(f"is port {port} at {name}", lambda reply: _ports(reply) == [(port, name)])


def _port_of_pods(match: re.Match[str], place: _Place) -> Wish:
    port, pods = match[1], len(place.naming.workload.backends(place.service))

    def right(reply: Reply) -> bool:
        told = _ports(reply)
        names = {name for _, name in told}
        return len(told) == len(names) == pods and {number for number, _ in told} == {port}

    return Wish(f"is port {port} at {pods} names, one for each ready Pod", right)


def _ports(reply: Reply) -> list[tuple[str, str]]:
    """Port and name of each SRV record: "priority weight port target" (RFC 2782)."""
    parts = [one.split() for one in sorted(reply.values(lookup.SERVICE))]
    return [(port, name) for _, _, port, name in parts]


_ANSWERS: Mapping[str, Callable[[re.Match[str], _Place], Wish]] = {
    r"the ClusterIP": _cluster_ip,
    r"the ClusterIP of the API server's own Service": _api_server,
    r"the address of every ready Pod of the Service": _ready_pods,
    rf"the address(?:es)? of ({PODS})": _pods,
    r"no (?:address|port|alias)": _nothing,
    r"silence": _silence,
    r'the name "([^"]+)"': _name,
    r'port (\d+) at "([^"]+)"': _port,
    r"port (\d+) at a name for every ready Pod of the Service": _port_of_pods,
}
ANSWER = any_of(_ANSWERS)


def shell_of(client: Vantage) -> Shell:
    """Commands where this client is.

    Raises:
        CheckBroken: it is no Pod.
    """
    if not isinstance(client, DialVantage):
        raise CheckBroken(f"{client.name} is no Pod: it has neither cluster DNS nor an environment")
    return client.shell


def _is_of(address: str, kind: str) -> bool:
    return (":" in address) == (kind == lookup.ADDRESS6)
