"""What stands beside the Services and Pods of a scenario: EndpointSlices, Endpoints, ServiceCIDRs.

Some of them a scenario makes from its manifest, others a controller makes for a Service. What the
scenario made is taken away with it; what belongs to no namespace carries the labels of the run,
by which ``kubeproof clean`` finds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Network
from secrets import token_hex
from typing import TYPE_CHECKING

from kubeproof.cluster.marks import RUN
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.verbs import Subject
from kubeproof.cluster.workload import SERVICE_NAME, Attempt, Workload
from kubeproof.manifest import placed
from kubeproof.model import Object, Service, is_true
from kubeproof.waiting import settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the API has a kind, and which of its objects are a Service's."""

    version: str
    of_service: Callable[[Service, Object], bool]
    namespaced: bool = True


def _is_labelled(service: Service, obj: Object) -> bool:
    labels: Mapping[str, str] = obj["metadata"].get("labels") or {}
    return labels.get(SERVICE_NAME) == service.name


def _has_its_name(service: Service, obj: Object) -> bool:
    return bool(obj["metadata"]["name"] == service.name)


def _is_its_address(service: Service, obj: Object) -> bool:
    return bool(obj["metadata"]["name"] == service.cluster_ip)


def _of_none(_: Service, __: Object) -> bool:
    return False


KINDS: Mapping[str, Kind] = {
    "Service": Kind("v1", _has_its_name),
    "EndpointSlice": Kind("discovery.k8s.io/v1", _is_labelled),
    "Endpoints": Kind("v1", _has_its_name),
    "NetworkPolicy": Kind("networking.k8s.io/v1", _of_none),
    "IPAddress": Kind("networking.k8s.io/v1", _is_its_address, namespaced=False),
    "ServiceCIDR": Kind("networking.k8s.io/v1", _of_none, namespaced=False),
}


@dataclass
class Companions:
    """Makes, finds and takes away what stands beside a workload."""

    workload: Workload
    _made: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    # What has no namespace is called otherwise than in the manifest: one like it may still go.
    _called: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def create(self, kind: str, name: str) -> Object:
        """Create an object of the manifest; endpoints that name a Pod get that Pod's address.

        Raises:
            Rejected: the API server did not take it.
        """
        obj = self.workload.manifest.find(kind, name)
        _fill_in(obj, {pod.name: pod.address for pod in self.workload.pods()})
        made = self._api.create(self._placed(kind, obj))
        self._made.append((kind, made["metadata"]["name"]))
        if kind == "ServiceCIDR":
            self._await_ready(made["metadata"]["name"])
        return made

    def change_range(self, name: str, cidr: str, spoken_of: Attempt) -> Attempt:
        """Give a ServiceCIDR another range; a refusal is an answer too."""
        what, version = f"ServiceCIDR {name}", KINDS["ServiceCIDR"].version
        patch: Object = {"spec": {"cidrs": [cidr]}}
        known = self.name_of("ServiceCIDR", name)
        try:
            self._api.patch("ServiceCIDR", known, "", patch, group=version)
        except Rejected as refusal:
            return replace(spoken_of, what=what, refusal=refusal)
        return replace(spoken_of, what=what, refusal=None)

    def attempt(self, kind: str, name: str, spoken_of: Attempt) -> Attempt:
        """Create an object; a refusal is an answer too. "It" stays the Service spoken of."""
        what = f"{kind} {name}"
        try:
            self.create(kind, name)
        except Rejected as refusal:
            return replace(spoken_of, what=what, refusal=refusal)
        return replace(spoken_of, what=what, refusal=None)

    def delete(self, kind: str, name: str) -> None:
        """Ask for an object to be deleted; a finalizer may hold it."""
        scope = KINDS[kind]
        namespace = self.workload.namespace if scope.namespaced else ""
        self._api.delete(kind, self.name_of(kind, name), namespace, group=scope.version)

    def of(self, kind: str, service: Service) -> list[Object]:
        """The objects of that kind that are this Service's."""
        scope = KINDS[kind]
        namespace = service.namespace if scope.namespaced else ""
        found = self._api.list(kind, namespace, group=scope.version)
        return [obj for obj in found if scope.of_service(service, obj)]

    def named(self, kind: str, name: str) -> list[Object]:
        """The object of that name, or none."""
        scope = KINDS[kind]
        wanted = self.name_of(kind, name)
        namespace = self.workload.namespace if scope.namespaced else ""
        found = self._api.list(kind, namespace, group=scope.version)
        return [obj for obj in found if obj["metadata"]["name"] == wanted]

    def name_of(self, kind: str, name: str) -> str:
        """The name in the cluster: what has no namespace and was made here has the run in it."""
        return self._called.get((kind, name), name)

    def subject(self, kind: str, name: str) -> Subject:
        """The object of that name, to try verbs on."""
        scope = KINDS[kind]
        namespace = self.workload.namespace if scope.namespaced else ""
        known = self.name_of(kind, name)
        return Subject(self._api, self.workload.budgets, kind, scope.version, known, namespace)

    def clear(self) -> None:
        """Delete everything that was made here; what finalizers hold goes with the Services."""
        for kind, name in self._made:
            namespace = self.workload.namespace if KINDS[kind].namespaced else ""
            self._api.delete(kind, name, namespace, group=KINDS[kind].version)

    @property
    def _api(self) -> "Api":
        return self.workload.api

    def _placed(self, kind: str, obj: Object) -> Object:
        labels = self.workload.labels
        if KINDS[kind].namespaced:
            return placed(obj, self.workload.namespace, labels)
        metadata = obj["metadata"]
        name = str(metadata["name"])
        ours = f"kubeproof-{labels[RUN]}-{name}-{token_hex(2)}"
        metadata["name"] = _nobodys_address() if kind == "IPAddress" else ours
        self._called[kind, name] = metadata["name"]
        metadata.setdefault("labels", {}).update(labels)
        return obj

    def _await_ready(self, name: str) -> None:
        settle(
            lambda: self._api.get("ServiceCIDR", name, group=KINDS["ServiceCIDR"].version),
            lambda obj: is_true(obj.get("status", {}).get("conditions") or (), "Ready"),
            what=f"ServiceCIDR {name} is Ready",
            within=self.workload.budgets.endpoints,
            every=self.workload.budgets.control_plane_poll,
        )


def _nobodys_address() -> str:
    """An address of the range for documentation (RFC 3849); what it names is called after it."""
    return str(IPv6Network("2001:db8::/32")[1 + int(token_hex(8), 16)])


def _fill_in(obj: Object, addresses: Mapping[str, str]) -> None:
    """Nobody knows a Pod's address when a manifest is written: its targetRef says whose it is."""
    for endpoint in obj.get("endpoints") or ():
        if (pod := _pod_of(endpoint)) in addresses:
            endpoint["addresses"] = [addresses[pod]]
    for subset in obj.get("subsets") or ():
        for address in subset.get("addresses") or ():
            if (pod := _pod_of(address)) in addresses:
                address["ip"] = addresses[pod]


def _pod_of(endpoint: Object) -> str:
    target: Object = endpoint.get("targetRef") or {}
    return str(target.get("name", "")) if target.get("kind") == "Pod" else ""
