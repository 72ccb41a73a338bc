"""What the proxy needs to know of one port of a Service."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from kubeproof.sandbox.objects import Object, labels_of, name_of, namespace_of

HEADLESS = "service.kubernetes.io/headless"
OTHER_PROXY = "service.kubernetes.io/service-proxy-name"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service with a ClusterIP; ports and seconds are 0 where there are none."""

    namespace: str
    service: str
    name: str
    protocol: str
    port: int
    cluster_ip: str
    node_port: int = 0
    external_ips: tuple[str, ...] = ()
    load_balancer_ips: tuple[str, ...] = ()
    proxied_ips: tuple[str, ...] = ()  # the load balancer's alone: ipMode Proxy
    source_ranges: tuple[str, ...] = ()
    affinity_seconds: int = 0
    external_local: bool = False
    internal_local: bool = False

    def __str__(self) -> str:
        named = f":{self.name}" if self.name else ""
        return f"{self.namespace}/{self.service}{named}"

    @property
    def externally_accessible(self) -> bool:
        """Whether anything but the ClusterIP leads here."""
        return bool(self.node_port or self.external_ips or self.load_balancer_ips)

    @property
    def uses_cluster_endpoints(self) -> bool:
        """Whether traffic may go to any node; with Local, external traffic from inside does."""
        return not self.internal_local or self.externally_accessible

    @property
    def uses_local_endpoints(self) -> bool:
        """Whether some traffic may only go to this node's endpoints."""
        return self.internal_local or (self.external_local and self.externally_accessible)


def is_proxied(obj: Object) -> bool:
    """Whether a Service or an EndpointSlice is the proxy's business, by its labels.

    Headless ones and those of another proxy are not (well-known labels
    ``service.kubernetes.io/headless`` and ``service.kubernetes.io/service-proxy-name``).
    """
    labels = labels_of(obj)
    return HEADLESS not in labels and OTHER_PROXY not in labels


def service_ports(service: Object) -> list[ServicePort]:
    """The ports of a Service; none without a ClusterIP, of type ExternalName, or not proxied."""
    spec: Object = service.get("spec") or {}
    cluster_ip = spec.get("clusterIP") or ""
    if cluster_ip in ("", "None") or spec.get("type") == "ExternalName":
        return []
    if not is_proxied(service):
        return []
    ports: list[Object] = spec.get("ports") or []
    return [_port(service, spec, port) for port in ports]


def health_check_node_port(service: Object) -> int:
    """The port balancers ask for a node's health, or 0.

    There is one only for type LoadBalancer with the external policy Local.
    """
    spec: Object = service.get("spec") or {}
    if spec.get("type") != "LoadBalancer" or not _external_local(spec):
        return 0
    return int(spec.get("healthCheckNodePort") or 0) if service_ports(service) else 0


def _port(service: Object, spec: Object, port: Object) -> ServicePort:
    return ServicePort(
        namespace=namespace_of(service),
        service=name_of(service),
        name=str(port.get("name") or ""),
        protocol=str(port.get("protocol") or "TCP").lower(),
        port=int(port["port"]),
        cluster_ip=str(spec["clusterIP"]),
        node_port=int(port.get("nodePort") or 0),
        external_ips=_ipv4(spec.get("externalIPs") or []),
        load_balancer_ips=_ipv4(_balancer_ips(service, "VIP")),
        proxied_ips=_ipv4(_balancer_ips(service, "Proxy")),
        source_ranges=_source_ranges(spec),
        affinity_seconds=_affinity_seconds(spec),
        external_local=_external_local(spec),
        internal_local=spec.get("internalTrafficPolicy") == "Local",
    )


def _external_local(spec: Object) -> bool:
    exposed = spec.get("type") in ("NodePort", "LoadBalancer") or bool(spec.get("externalIPs"))
    return exposed and spec.get("externalTrafficPolicy") == "Local"


def _balancer_ips(service: Object, mode: str) -> Iterable[str]:
    """Load-balancer addresses with this ipMode, which is VIP where it is not said."""
    status: Object = service.get("status") or {}
    balancer: Object = status.get("loadBalancer") or {}
    ingresses: list[Object] = balancer.get("ingress") or []
    for ingress in ingresses:
        if ingress.get("ip") and ingress.get("ipMode", "VIP") == mode:
            yield str(ingress["ip"])


def _source_ranges(spec: Object) -> tuple[str, ...]:
    """IPv4 prefixes; none at all when one of them admits everybody."""
    found: list[str] = []
    written: list[str] = spec.get("loadBalancerSourceRanges") or []
    for text in written:
        prefix = ipaddress.ip_network(text.strip(), strict=False)
        if prefix.version == 4:
            found.append(str(prefix))
    return () if "0.0.0.0/0" in found else tuple(found)


def _affinity_seconds(spec: Object) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    config: Object = spec.get("sessionAffinityConfig") or {}
    client: Object = config.get("clientIP") or {}
    return int(client.get("timeoutSeconds") or 10800)


def _ipv4(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(address for address in addresses if ":" not in address)
