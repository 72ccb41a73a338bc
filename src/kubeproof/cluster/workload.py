"""The Services and Pods of one scenario: made from its manifest, in a namespace of its own.

Every method that changes something returns once the API says that it is so: Pods Ready, and the
EndpointSlices of each Service naming exactly the Pods it selects, and in which state they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from kubeproof.cluster.changes import patch_for
from kubeproof.cluster.pod_start import hindrance, unplaced
from kubeproof.cluster.pool import Pool, is_idle, shaped
from kubeproof.cluster.refusals import granted
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import DISCOVERY
from kubeproof.cluster.standing import disagreement, serves
from kubeproof.errors import CheckBroken, NotSettled, PromiseBroken
from kubeproof.manifest import Manifest, pinned, placed, restricted
from kubeproof.model import Endpoint, Node, Object, Pod, Service, endpoints_of
from kubeproof.waiting import CLOCK, Budgets, settle

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of creating or changing a Service: the Service, or the API server's refusal.

    Where something else was made beside it, ``what`` says what the refusal is about.
    """

    name: str
    created: Service | None = None
    refusal: Rejected | None = None
    what: str = ""

    @property
    def service(self) -> Service:
        """The Service.

        Raises:
            PromiseBroken: the API server refused it.
        """
        if self.created is None:
            raise PromiseBroken(f"Service {self.name} was refused: {self.refusal}")
        return self.created


@dataclass
class Workload:
    """Makes, changes and watches the objects of one scenario."""

    api: "Api"
    namespace: str
    manifest: Manifest
    labels: Mapping[str, str]
    budgets: Budgets
    image: str = ""
    pool: Pool | None = None  # where there is one, Pods are taken from it
    first_seen: dict[str, Service] = field(default_factory=dict[str, Service])
    # Everything it ever had, as it was last seen: by uid (a replaced Pod keeps its name) and name.
    met_pods: dict[str, Pod] = field(default_factory=dict[str, Pod])
    met_services: dict[str, Service] = field(default_factory=dict[str, Service])
    images: dict[str, str] = field(default_factory=dict[str, str])  # image: digest on the node
    _created: dict[str, float] = field(default_factory=dict[str, float])  # by the waiting's clock

    def create_service(self, name: str, cluster_ip: str = "") -> Attempt:
        """Create a Service of the manifest, with a wish or none; a refusal is an answer too.

        Raises:
            CheckBroken: the refusal is not about the Service, but about what somebody else has or
                rules there.
        """
        obj = placed(self.manifest.find("Service", name), self.namespace, self.labels)
        if cluster_ip:
            obj["spec"]["clusterIP"] = cluster_ip
        seen = granted(partial(self.api.create, obj), self.api, self.namespace, self.budgets)
        if isinstance(seen, Rejected):
            return Attempt(name, refusal=seen)
        made = Service.of(seen)
        self.first_seen[name] = made
        self._created[name] = CLOCK.now()
        self.settle_endpoints()
        return Attempt(name, made)

    def of_api_server(self) -> Attempt:
        """The Service that leads to the API server itself; every cluster has it."""
        own = Service.of(self.api.get("Service", "kubernetes", "default"))
        return Attempt(own.name, own)

    def age(self, name: str) -> float:
        """Seconds since this scenario created the Service."""
        return CLOCK.now() - self._created[name]

    def require_service(self, name: str) -> Service:
        """Create a Service that has to be there before anything can be asked.

        Raises:
            CheckBroken: the API server refused it; that it takes it is not what is asked.
        """
        attempt = self.create_service(name)
        if attempt.refusal is not None:
            raise CheckBroken(f"Service {name} was refused: {attempt.refusal}")
        return attempt.service

    def refusal_of(self, name: str) -> str:
        """How the API server words its refusal of a Service; empty if it takes it.

        A dry run would not do: it does not look whether a node port is in the range.
        """
        attempt = self.create_service(name)
        if attempt.refusal is None:
            self.api.delete("Service", name, self.namespace)
            return ""
        return attempt.refusal.message

    def present(self, name: str) -> Service:
        """The Service as it is now.

        Raises:
            PromiseBroken: it is gone; a Service stays until somebody deletes it.
        """
        try:
            return self._met(Service.of(self.api.get("Service", name, self.namespace)))
        except Rejected as error:
            if error.code != 404:
                raise
            wish = f"Service {name} stays until it is deleted"
            raise PromiseBroken(f"{wish}; seen: {error}") from None

    def _met(self, service: Service) -> Service:
        self.met_services[service.name] = service
        return service

    def node_of(self, pod: str) -> str:
        """The node of the Pod that has this name now; empty where there is none."""
        nodes = [one.node for one in self.met_pods.values() if one.name == pod]
        return nodes[-1] if nodes else ""

    def await_external_address(self, name: str) -> Service:
        """Wait until the load balancer's address stands in the Service's status."""
        service = settle(
            lambda: self.present(name),
            lambda seen: bool(seen.external_addresses),
            what=f"Service {name} is given an external IP",
            within=self.budgets.load_balancer,
            every=self.budgets.control_plane_poll,
        )
        self.first_seen[name] = service
        return service

    def change_service(self, name: str, changes: Mapping[str, str]) -> Attempt:
        """Give fields of a Service other values, all at once; a refusal is an answer too.

        Raises:
            CheckBroken: the refusal is about what somebody else has or rules there.
        """
        patch = patch_for(self.api.get("Service", name, self.namespace), changes)
        change = partial(self.api.patch, "Service", name, self.namespace, patch)
        seen = granted(change, self.api, self.namespace, self.budgets)
        if isinstance(seen, Rejected):
            return Attempt(name, refusal=seen)
        self.settle_endpoints()
        return Attempt(name, Service.of(seen))

    def replace_service(self, name: str) -> Attempt:
        """Put the manifest's Service in place of the one that is there."""
        obj = placed(self.manifest.find("Service", name), self.namespace, self.labels)
        return Attempt(name, Service.of(self.api.replace(obj)))

    def delete_service(self, name: str) -> None:
        """Delete a Service and wait until it is gone; finalizers may hold it for a while."""
        self.api.delete("Service", name, self.namespace)
        settle(
            lambda: [obj["metadata"]["name"] for obj in self.api.list("Service", self.namespace)],
            lambda there: name not in there,
            what=f"Service {name} is gone",
            within=self.budgets.load_balancer,
            every=self.budgets.control_plane_poll,
        )

    def start_pods(self, *names: str, node: Node) -> list[Pod]:
        """Start Pods of the manifest on a node and wait until they serve."""
        for name in names:
            self.claim(name, node)
        return self._served(names)

    def claim(self, name: str, node: Node) -> None:
        """Start a Pod of the manifest on a node, or take one that waits in the pool."""
        start = self.pool.claim if self.pool else self.api.apply
        start(self._pod(name, node))

    def replace_pod(self, name: str, node: Node | None = None) -> Pod:
        """Delete a Pod and create it anew, where it was or on another node.

        The new Pod waits beside its predecessor's address until it has one of its own.
        """
        old = self.pod(name)
        hostname = node.hostname if node else self._hostname_of(old)
        self.delete_pods(name)
        self.api.create(self._manifest_pod(name, hostname))
        return self._served([name])[0]

    def recreate_pods(self, pods: Sequence[Pod]) -> None:
        """Delete Pods, all of them before the first is created anew."""
        hostnames = {pod.name: self._hostname_of(pod) for pod in pods}
        self.delete_pods(*hostnames)
        for name, hostname in hostnames.items():
            self.api.create(self._manifest_pod(name, hostname))
        self._served(list(hostnames))

    def delete_pods(self, *names: str) -> None:
        """Delete Pods and wait until they are gone and no endpoint is left of them."""
        for name in names:
            self.api.delete("Pod", name, self.namespace)
        settle(
            lambda: [pod.name for pod in self.pods() if pod.name in names],
            lambda left: not left,
            what=f"Pods {', '.join(names)} are gone",
            within=self.budgets.pods_ready,
            every=self.budgets.control_plane_poll,
        )
        self.settle_endpoints()

    def label(self, pod: str, key: str, value: str | None) -> Pod:
        """Put a label on a Pod, or take it off with None."""
        patch: Object = {"metadata": {"labels": {key: value}}}
        changed = Pod.of(self.api.patch("Pod", pod, self.namespace, patch))
        self.settle_endpoints()
        return changed

    def pods(self) -> list[Pod]:
        """Every Pod of the scenario."""
        listed = [obj for obj in self.api.list("Pod", self.namespace) if not is_idle(obj)]
        found = [Pod.of(obj) for obj in listed]
        self.met_pods.update((pod.uid, pod) for pod in found)
        self.images.update(_images(listed))
        return found

    def pod(self, name: str) -> Pod:
        """One Pod as it is now."""
        return Pod.of(self.api.get("Pod", name, self.namespace))

    def backends(self, service: Service) -> list[Pod]:
        """The ready Pods that the Service's selector finds."""
        return [pod for pod in self.pods() if serves(pod, service)]

    def backend_names(self, service: Service) -> frozenset[str]:
        """The names of the ready Pods that the Service's selector finds."""
        return frozenset(pod.name for pod in self.backends(service))

    def ready_names(self) -> frozenset[str]:
        """The names of all Pods of the scenario that are ready."""
        return frozenset(pod.name for pod in self.pods() if pod.ready and not pod.terminating)

    def split_by_node(self, service: Service, node: Node) -> tuple[list[str], list[str]]:
        """The names of the Service's ready Pods: those on the node, and those elsewhere."""
        pods = self.backends(service)
        here = [pod.name for pod in pods if pod.node == node.name]
        return here, [pod.name for pod in pods if pod.node != node.name]

    def endpoints(self, service: str) -> frozenset[Endpoint]:
        """What the Service's EndpointSlices say."""
        return endpoints_of(self._slices(service))

    def _slices(self, service: str) -> list[Object]:
        labels = f"{SERVICE_NAME}={service}"
        return self.api.list("EndpointSlice", self.namespace, group=DISCOVERY, labels=labels)

    def standings(self, service: str) -> Mapping[str, tuple[bool, bool, bool]] | None:
        """Which Pods the Service's EndpointSlices name as ready, serving, terminating.

        None where the Service has no EndpointSlice at all.
        """
        slices = self._slices(service)
        found = {one.pod: one.standing[1:] for one in endpoints_of(slices)}
        return found if slices else None

    def settle_endpoints(self) -> None:
        """Wait until every Service's EndpointSlices name exactly the Pods it selects.

        Each with the conditions that follow from the Pod: ready, serving, terminating.
        """
        settle(
            self._disagreements,
            lambda found: not found,
            what="EndpointSlices name exactly the ready Pods of their Services",
            within=self.budgets.endpoints,
            every=self.budgets.control_plane_poll,
        )

    def _disagreements(self) -> list[str]:
        pods = self.pods()
        services = [self._met(Service.of(obj)) for obj in self.api.list("Service", self.namespace)]
        found = [disagreement(one, pods, self.endpoints(one.name)) for one in services]
        return [text for text in found if text]

    def _pod(self, name: str, node: Node) -> Object:
        return self._manifest_pod(name, node.hostname)

    def _manifest_pod(self, name: str, hostname: str) -> Object:
        pod = pinned(self.manifest.find("Pod", name), hostname)
        made = placed(restricted(pod, self.image), self.namespace, self.labels)
        return shaped(made) if self.pool else made

    def _hostname_of(self, pod: Pod) -> str:
        spec = self.api.get("Pod", pod.name, self.namespace)["spec"]
        return str(spec["nodeSelector"]["kubernetes.io/hostname"])

    def _served(self, names: Sequence[str]) -> list[Pod]:
        ready = await_ready(self.api, self.namespace, names, self.budgets)
        self.settle_endpoints()
        return ready


def await_ready(api: "Api", namespace: str, names: Sequence[str], budgets: Budgets) -> list[Pod]:
    """Wait until all these Pods are Ready.

    Raises:
        NotSettled: they are not in time.
        CheckBroken: one cannot start, for a reason that has nothing to do with Services.
        ClusterUnavailable: the image cannot be had.
    """

    def objects() -> list[Object]:
        return [obj for obj in api.list("Pod", namespace) if obj["metadata"]["name"] in names]

    def look() -> list[Pod]:
        found = objects()
        if why := hindrance(found):
            raise why
        return [Pod.of(obj) for obj in found]

    def ready(seen: list[Pod]) -> bool:
        return {pod.name for pod in seen if pod.ready and pod.address} >= set(names)

    try:
        return settle(
            look,
            ready,
            what=f"Pods {', '.join(names)} are Ready",
            within=budgets.pods_ready,
            every=budgets.control_plane_poll,
        )
    except NotSettled as error:
        raise unplaced(objects()) or error from error


def _images(pods: Sequence[Object]) -> dict[str, str]:
    """Each image as it is written in a Pod, and by digest (API reference, ContainerStatus)."""
    return {
        status["image"]: status["imageID"]
        for pod in pods
        for status in pod.get("status", {}).get("containerStatuses") or ()
        if status.get("imageID")
    }
