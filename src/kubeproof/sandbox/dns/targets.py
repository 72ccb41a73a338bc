"""What a name of the cluster's domain stands for: addresses, or another name.

Names follow "Kubernetes DNS-Based Service Discovery" 1.1.0, read as CoreDNS's kubernetes plugin
reads them: ``_port._protocol.service.namespace.svc``, ``endpoint.service.namespace.svc``,
``service.namespace.svc`` and ``a-b-c-d.namespace.pod``.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kubeproof.sandbox.dns.directory import Directory, Endpoint, Port
from kubeproof.sandbox.objects import Object, name_of, namespace_of

_DNS_SERVICE = ("kube-system", "kube-dns")


class NoSuchName(Exception):
    """There is no such name: NXDOMAIN."""


class Target(NamedTuple):
    """One thing that a name stands for: an address, or for ExternalName another name."""

    host: str
    name: str
    """The name that stands for this alone, which SRV records give as their target."""
    port: int = -1
    alias: bool = False


class _Wanted(NamedTuple):
    """A question's name, taken apart."""

    kind: str
    namespace: str = ""
    service: str = ""
    endpoint: str = ""
    port: str = ""
    protocol: str = ""

    def takes(self, port: Port) -> bool:
        """Whether a port is one that was asked for."""
        of_name = self.port in ("", port.name.lower())
        return of_name and self.protocol in ("", port.protocol.lower())


class Targets(NamedTuple):
    """Finds what names stand for. ``domain`` in lower case, without a dot at its end."""

    directory: Directory
    domain: str

    def of(self, name: str) -> Sequence[Target]:
        """What a name in lower case stands for; nothing for one that only has names below it.

        Raises NoSuchName.
        """
        if name == f"ns.dns.{self.domain}":
            service = self.directory.service(*_DNS_SERVICE)
            return [Target(ip, name) for ip in _cluster_ips(service)] if service else []
        wanted = self._wanted(name)
        if wanted is None:
            return []
        if wanted.namespace and not self.directory.has_namespace(wanted.namespace):
            raise NoSuchName(name)
        if not wanted.service:
            return []
        return [_pod(wanted, name)] if wanted.kind == "pod" else self._service(wanted)

    def at(self, address: str) -> list[str]:
        """The names of an address: of the Service with that ClusterIP, else of every endpoint."""
        services = [self._below_svc(*key) for key in self.directory.services_at(address)]
        return services or [
            f"{endpoint.label}.{self._below_svc(*key)}"
            for key, endpoint in self.directory.endpoints_at(address)
        ]

    def _wanted(self, name: str) -> _Wanted | None:
        """The parts of a name; None for the zone itself."""
        labels = name[: -len(self.domain)].rstrip(".").split(".")
        if labels == [""]:
            return None
        *labels, kind = labels
        if kind not in ("svc", "pod") or len(labels) > 4:
            raise NoSuchName(name)
        namespace = labels.pop() if labels else ""
        service = labels.pop() if labels else ""
        if len(labels) == 2:
            port, protocol = (label.removeprefix("_") for label in labels)
            return _Wanted(kind, namespace, service, port=port, protocol=protocol)
        return _Wanted(kind, namespace, service, endpoint=labels[0] if labels else "")

    def _service(self, wanted: _Wanted) -> list[Target]:
        service = self.directory.service(wanted.namespace, wanted.service)
        if service is None:
            raise NoSuchName(wanted.service)
        if service["spec"].get("type") == "ExternalName":
            targets = self._external(service, wanted)
        elif wanted.endpoint or service["spec"].get("clusterIP") == "None":
            targets = list(self._endpoints(service, wanted))
        else:
            targets = list(self._cluster_ip(service, wanted))
        if not targets:
            raise NoSuchName(wanted.service)
        return targets

    def _external(self, service: Object, wanted: _Wanted) -> list[Target]:
        host = str(service["spec"].get("externalName", "")).rstrip(".")
        if wanted.endpoint or wanted.port or wanted.protocol or is_address(host):
            return []
        return [Target(host, self._name(service), alias=True)]

    def _endpoints(self, service: Object, wanted: _Wanted) -> Iterator[Target]:
        for endpoint in self.directory.endpoints(namespace_of(service), name_of(service)):
            if wanted.endpoint in ("", endpoint.label.lower()):
                for port in filter(wanted.takes, endpoint.ports):
                    yield Target(endpoint.address, self._name(service, endpoint), port.number)

    def _cluster_ip(self, service: Object, wanted: _Wanted) -> Iterator[Target]:
        for spec in service["spec"].get("ports") or ():
            port = Port(spec.get("name", ""), spec.get("protocol", "TCP"), spec["port"])
            if wanted.takes(port):
                for address in _cluster_ips(service):
                    yield Target(address, self._name(service), port.number)

    def _name(self, service: Object, endpoint: Endpoint | None = None) -> str:
        name = self._below_svc(namespace_of(service), name_of(service))
        return f"{endpoint.label}.{name}" if endpoint else name

    def _below_svc(self, namespace: str, name: str) -> str:
        return f"{name}.{namespace}.svc.{self.domain}"


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _pod(wanted: _Wanted, name: str) -> Target:
    """The address written into a Pod's name, whether or not there is such a Pod."""
    label = wanted.service
    text = label.replace("-", "." if label.count("-") == 3 and "--" not in label else ":")
    if wanted.endpoint or wanted.port or not is_address(text):
        raise NoSuchName(name)
    return Target(str(ipaddress.ip_address(text)), name)


def _cluster_ips(service: Object) -> list[str]:
    return [ip for ip in service["spec"].get("clusterIPs") or () if ip != "None"]
