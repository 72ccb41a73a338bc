"""Kubernetes objects as the suite sees them: frozen, typed, without I/O.

Field names follow the API reference (Service v1, Pod v1, Node v1, EndpointSlice v1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]

_NOTHING: Mapping[str, Any] = {}


def is_true(conditions: Iterable[Mapping[str, Any]], kind: str) -> bool:
    """Whether the condition of that type has status True."""
    return any(c.get("type") == kind and c.get("status") == "True" for c in conditions)


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service; ``node_port`` is 0 where none is allocated."""

    port: int
    target_port: int | str
    node_port: int = 0
    protocol: str = "TCP"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A Service as the API shows it at one moment."""

    namespace: str
    name: str
    uid: str
    type: str
    cluster_ip: str
    ports: tuple[ServicePort, ...]
    selector: Mapping[str, str]
    external_traffic_policy: str = ""
    external_addresses: tuple[str, ...] = ()
    spec: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)  # as it stands
    labels: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def is_api(self) -> bool:
        """Whether it is the API server's own (concepts/services-networking/service)."""
        return (self.namespace, self.name) == ("default", "kubernetes")

    @classmethod
    def of(cls, obj: Object) -> "Service":
        """Read a Service object."""
        spec, ingress = obj["spec"], obj.get("status", {}).get("loadBalancer", {})
        return cls(
            namespace=obj["metadata"]["namespace"],
            name=obj["metadata"]["name"],
            uid=obj["metadata"]["uid"],
            type=spec.get("type", ""),
            cluster_ip=spec.get("clusterIP", ""),
            ports=tuple(_service_port(port) for port in spec.get("ports", ())),
            selector=spec.get("selector") or _NOTHING,
            external_traffic_policy=spec.get("externalTrafficPolicy", ""),
            external_addresses=tuple(
                entry.get("ip") or entry.get("hostname", "") for entry in ingress.get("ingress", ())
            ),
            spec=spec,
            labels=obj["metadata"].get("labels") or _NOTHING,
        )

    @property
    def cluster_ips(self) -> tuple[str, ...]:
        """The ClusterIP of each family, that of the primary family first."""
        return tuple(self.spec.get("clusterIPs") or ())

    @property
    def health_check_node_port(self) -> int:
        """Where nodes tell load balancers whether they have Pods; 0 where there is none."""
        return int(self.spec.get("healthCheckNodePort") or 0)

    @property
    def affinity_timeout(self) -> int:
        """After how many seconds without a connection a client is forgotten; 0 without affinity.

        Where it is not said the API server says it: 10800.
        """
        config = self.spec.get("sessionAffinityConfig") or _NOTHING
        return int((config.get("clientIP") or _NOTHING).get("timeoutSeconds") or 0)

    @property
    def publishes_all(self) -> bool:
        """Whether Pods that are not ready count as if they were (spec.publishNotReadyAddresses)."""
        return bool(self.spec.get("publishNotReadyAddresses"))

    @property
    def port(self) -> ServicePort:
        """The first port, which is the only one in most examples."""
        return self.ports[0]


def _first_port(spec: Mapping[str, Any]) -> int:
    containers: Iterable[Object] = spec.get("containers", ())
    ports = (int(port["containerPort"]) for one in containers for port in one.get("ports") or ())
    return next(ports, 0)


def _service_port(port: Mapping[str, Any]) -> ServicePort:
    return ServicePort(
        port=port["port"],
        target_port=port.get("targetPort", port["port"]),
        node_port=port.get("nodePort", 0),
        protocol=port.get("protocol", "TCP"),
        name=port.get("name", ""),
    )


@dataclass(frozen=True, slots=True)
class Pod:
    """A Pod as the API shows it; ``address`` is empty until it has one."""

    namespace: str
    name: str
    uid: str
    node: str
    address: str
    ready: bool
    labels: Mapping[str, str]
    terminating: bool = False
    port: int = 0  # the first that it declares
    over: bool = False  # it has succeeded or failed, and will not run again
    host_network: bool = False  # it has no network of its own, and answers by its node's name

    @classmethod
    def of(cls, obj: Object) -> "Pod":
        """Read a Pod object."""
        meta, status = obj["metadata"], obj.get("status", {})
        return cls(
            namespace=meta["namespace"],
            name=meta["name"],
            uid=meta["uid"],
            node=obj["spec"].get("nodeName", ""),
            address=status.get("podIP", ""),
            ready=is_true(status.get("conditions", ()), "Ready"),
            labels=meta.get("labels") or _NOTHING,
            terminating="deletionTimestamp" in meta,
            port=_first_port(obj["spec"]),
            over=status.get("phase") in ("Succeeded", "Failed"),
            host_network=bool(obj["spec"].get("hostNetwork")),
        )

    def matches(self, selector: Mapping[str, str]) -> bool:
        """Whether a Service with this selector is backed by this Pod."""
        return bool(selector) and all(self.labels.get(k) == v for k, v in selector.items())


@dataclass(frozen=True, slots=True)
class Node:
    """A node with the addresses under which clients on its network reach it."""

    name: str
    hostname: str
    addresses: tuple[str, ...]
    ready: bool
    schedulable: bool
    zone: str = ""

    @classmethod
    def of(cls, obj: Object) -> "Node":
        """Read a Node object."""
        meta, spec, status = obj["metadata"], obj.get("spec", {}), obj.get("status", {})
        labels = meta.get("labels") or _NOTHING
        wanted = ("InternalIP", "ExternalIP")
        return cls(
            name=meta["name"],
            hostname=labels.get("kubernetes.io/hostname", meta["name"]),
            addresses=tuple(
                entry["address"]
                for kind in wanted
                for entry in status.get("addresses", ())
                if entry["type"] == kind
            ),
            ready=is_true(status.get("conditions", ()), "Ready"),
            schedulable=_schedulable(spec),
            zone=labels.get("topology.kubernetes.io/zone", ""),
        )

    @property
    def address(self) -> str:
        """The first internal address."""
        return self.addresses[0]


def _schedulable(spec: Mapping[str, Any]) -> bool:
    taints = spec.get("taints") or ()
    return not spec.get("unschedulable") and not any(
        t.get("effect") in ("NoSchedule", "NoExecute") for t in taints
    )


Standing: TypeAlias = tuple[str, bool, bool, bool]
"""An address, and whether it is ready, serving and terminating (API, EndpointConditions)."""


def standing_of(pod: Pod, service: Service) -> Standing:
    """What an EndpointSlice says of a Pod behind a Service.

    A Pod that is terminating is never ready, unless the Service publishes all addresses
    (concepts/services-networking/endpoint-slices, conditions).
    """
    ready = service.publishes_all or (pod.ready and not pod.terminating)
    return pod.address, ready, pod.ready, pod.terminating


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address behind a Service, from its EndpointSlices, with its conditions there."""

    address: str
    pod: str
    node: str
    ready: bool
    serving: bool = True
    terminating: bool = False

    @property
    def standing(self) -> Standing:
        """Its address and conditions: what of it follows from the Pod's own state."""
        return self.address, self.ready, self.serving, self.terminating


def endpoints_of(slices: Iterable[Object]) -> frozenset[Endpoint]:
    """Every endpoint of the given EndpointSlices."""
    return frozenset(
        Endpoint(
            address=entry["addresses"][0],
            pod=(entry.get("targetRef") or _NOTHING).get("name", ""),
            node=entry.get("nodeName", ""),
            # An unset condition is to be read as true (API reference, EndpointConditions.ready).
            ready=_condition(entry, "ready", unset=True),
            serving=_condition(entry, "serving", _condition(entry, "ready", unset=True)),
            terminating=_condition(entry, "terminating", unset=False),
        )
        for one in slices
        for entry in one.get("endpoints") or ()
    )


def _condition(entry: Mapping[str, Any], name: str, unset: bool) -> bool:
    value = (entry.get("conditions") or _NOTHING).get(name)
    return unset if value is None else bool(value)
