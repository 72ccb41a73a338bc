"""What one Service adds to a node's rules: a pure function of the Service, its slices, the node.

The decisions follow kube-proxy's nftables mode (Kubernetes 1.36); see also the documentation,
"Virtual IPs and Service Proxies".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy import base, naming
from kubeproof.sandbox.proxy.datatypes import Key
from kubeproof.sandbox.proxy.endpoint_chains import affinity_parts, balanced, balanced_with_affinity
from kubeproof.sandbox.proxy.endpoints import Endpoint, NodeFacts, Usable, endpoints_of, usable
from kubeproof.sandbox.proxy.faulty import (
    seen_endpoints,
    seen_node_port,
    seen_port,
    seen_service,
    seen_slices,
    seen_usable,
)
from kubeproof.sandbox.proxy.firewall import firewall_chain
from kubeproof.sandbox.proxy.model import (
    DROP,
    Chain,
    Element,
    Field,
    Match,
    NamedSet,
    Rule,
    Rules,
    Verdict,
    rule,
)
from kubeproof.sandbox.proxy.service_port import ServicePort, service_ports

_FROM_NODE = Match(Field.SOURCE_TYPE, "local")


def render_service(
    service: Object,
    slices: Sequence[Object],
    node: NodeFacts,
    faults: frozenset[str] = frozenset(),
) -> Rules:
    """The rules of one Service on one node.

    ``faults`` are the names of those that hit this node. Headless Services, ExternalName
    Services and those of another proxy add nothing.
    """
    ports = ports_of(service, faults)
    slices = seen_slices(slices, faults)
    return render_ports([(port, endpoints_of(port, slices)) for port in ports], node, faults)


def ports_of(service: Object, faults: frozenset[str] = frozenset()) -> list[ServicePort]:
    """The ports of a Service that are programmed."""
    ports = service_ports(seen_service(service, faults))
    if "udp-missing" in faults:
        ports = [port for port in ports if port.protocol != "udp"]
    return ports[:1] if "extra-port-missing" in faults else ports


def render_ports(
    ports: Sequence[tuple[ServicePort, tuple[Endpoint, ...]]],
    node: NodeFacts,
    faults: frozenset[str] = frozenset(),
) -> Rules:
    """The rules of Service ports with their endpoints."""
    drawing = _Drawing(node, faults)
    for port, endpoints in ports:
        drawing.draw(seen_port(port, faults), endpoints)
    return Rules(drawing.chains, drawing.sets, drawing.elements)


@dataclass(frozen=True, slots=True)
class _Names:
    """The chains of one Service port."""

    cluster: str
    local: str
    external: str
    firewall: str


def _names(port: ServicePort) -> _Names:
    name = naming.service_base(port.namespace, port.service, port.protocol, port.name)
    return _Names(f"service-{name}", f"local-{name}", f"external-{name}", f"firewall-{name}")


@dataclass(slots=True)
class _Drawing:
    """The parts as they come together, port by port."""

    node: NodeFacts
    faults: frozenset[str]
    chains: dict[str, Chain] = field(default_factory=dict[str, Chain])
    sets: dict[str, NamedSet] = field(default_factory=dict[str, NamedSet])
    elements: dict[str, dict[Key, Element]] = field(default_factory=dict[str, dict[Key, Element]])

    def draw(self, port: ServicePort, endpoints: tuple[Endpoint, ...]) -> None:
        """Add everything one port needs."""
        names = _names(port)
        there = usable(seen_endpoints(endpoints, port, self.faults), port, self.node)
        self._hairpin(port, there)
        there = seen_usable(there, self.node, self.faults)
        self._policy_chains(port, there, names)
        self._cluster_ip(port, there, names)
        self._external(port, there, names)

    def _add(self, name: str, key: Key, verdict: Verdict | None = None, comment: str = "") -> None:
        self.elements.setdefault(name, {})[key] = Element(verdict, comment)

    def _hairpin(self, port: ServicePort, there: Usable) -> None:
        """Connections of an endpoint to itself, which have to come from another address."""
        if "no-hairpin" in self.faults:
            return
        for endpoint in there.reachable:
            if endpoint.node == self.node.name:
                address, number = endpoint.target.address, endpoint.target.port
                self._add(base.HAIRPIN, (address, address, port.protocol, number))

    def _policy_chains(self, port: ServicePort, there: Usable, names: _Names) -> None:
        """The chains which choose an endpoint, one for each policy that is in use."""
        wanted = ((names.cluster, there.cluster), (names.local, there.local))
        for name, endpoints in wanted:
            if endpoints and port.affinity_seconds:
                self.chains[name] = balanced_with_affinity(port, endpoints)
            elif endpoints:
                self.chains[name] = balanced(port, endpoints)
        if port.affinity_seconds:
            chains, sets = affinity_parts(port, there.reachable, self.faults)
            self.chains.update(chains)
            self.sets.update(sets)

    def _cluster_ip(self, port: ServicePort, there: Usable, names: _Names) -> None:
        if "cluster-ip-missing" in self.faults:
            return
        self._add(base.CLUSTER_IPS, (port.cluster_ip,))
        key = (port.cluster_ip, port.protocol, port.port)
        chosen = names.local if port.internal_local else names.cluster
        if there.anywhere and (there.local or not port.internal_local):
            self._add(base.SERVICE_IPS, key, Verdict("goto", chosen))
        else:
            self._add(base.NO_ENDPOINT_SERVICES, key, _unserved(there), str(port))

    def _external(self, port: ServicePort, there: Usable, names: _Names) -> None:
        """Node port, external IPs and load-balancer IPs."""
        served = bool(there.anywhere and (there.local or not port.external_local))
        if there.anywhere and port.externally_accessible:
            rules = self._external_rules(port, names, served)
            self.chains[names.external] = Chain(rules)
        for address in (*port.external_ips, *port.load_balancer_ips):
            key = (address, port.protocol, port.port)
            self._capture(base.SERVICE_IPS, key, there, names)
            if not served:
                self._add(base.NO_ENDPOINT_SERVICES, key, _unserved(there), str(port))
        if seen_node_port(port, there, self.faults, self.node.name):
            key = (port.protocol, port.node_port)
            self._capture(base.SERVICE_NODEPORTS, key, there, names)
            if not served:
                self._add(base.NO_ENDPOINT_NODEPORTS, key, _unserved(there), str(port))
        if port.load_balancer_ips and port.source_ranges:
            self._firewall(port, names)

    def _capture(self, name: str, key: Key, there: Usable, names: _Names) -> None:
        if there.anywhere:
            self._add(name, key, Verdict("goto", names.external))

    def _external_rules(self, port: ServicePort, names: _Names, served: bool) -> tuple[Rule, ...]:
        """Masquerade where the endpoint may be on another node; with Local, keep the source.

        Clients inside the cluster are not subject to the external policy.
        """
        masquerade = rule(base.MARK_FOR_MASQUERADE, comment="masquerade")
        if not port.external_local:
            return masquerade, rule(Verdict("goto", names.cluster))
        to_any = Verdict("goto", names.cluster)
        from_pod = Match(Field.SOURCE, self.node.cluster_cidr)
        return (
            rule(from_pod, to_any, comment="short-circuit pod traffic"),
            rule(_FROM_NODE, base.MARK_FOR_MASQUERADE, comment="masquerade local traffic"),
            rule(_FROM_NODE, to_any, comment="short-circuit local traffic"),
            *((masquerade,) if "local-masquerades" in self.faults else ()),
            *((rule(Verdict("goto", names.local)),) if served else ()),
        )

    def _firewall(self, port: ServicePort, names: _Names) -> None:
        self.chains[names.firewall] = firewall_chain(port, self.node)
        for address in port.load_balancer_ips:
            key = (address, port.protocol, port.port)
            self._add(base.FIREWALL_IPS, key, Verdict("goto", names.firewall))


def _unserved(there: Usable) -> Verdict:
    """Refused where nobody serves; dropped where somebody does, but on another node."""
    return DROP if there.anywhere else Verdict("goto", base.REJECT_CHAIN)
