"""The resources which the sandbox serves: the table behind discovery, paths and decoding."""

from typing import NamedTuple

WRITABLE = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Subresource(NamedTuple):
    """A path below an object: what it takes and answers, and with which verbs."""

    name: str
    verbs: tuple[str, ...]
    kind: str
    group: str = ""
    version: str = ""


class ResourceType(NamedTuple):
    """One resource: its names, its scope, and what a registry must know beside its rules."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = WRITABLE
    subresources: tuple[Subresource, ...] = ()
    generation: bool = False
    """metadata.generation counts the changes of what is asked for."""
    create_on_update: bool = False
    """PUT to a name that does not exist creates the object."""
    unconditional_update: bool = True
    """An update may leave out metadata.resourceVersion."""
    returns_deleted: bool = False
    """DELETE answers the object rather than a Status."""
    selectable: tuple[str, ...] = ()
    """Fields a field selector may name, beside metadata.name and metadata.namespace."""
    storage_path: str = ""
    """Where etcd would keep it, if not under its plural; shows in a few messages."""

    @property
    def api_version(self) -> str:
        """apiVersion of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The name for one, in lower case."""
        return self.kind.lower()

    @property
    def has_status(self) -> bool:
        """Whether a /status path exists."""
        return self.subresource("status") is not None

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of that name, if there is one."""
        return next((found for found in self.subresources if found.name == name), None)


def _status(kind: str) -> Subresource:
    return Subresource("status", ("get", "patch", "update"), kind)


_SCALE = Subresource("scale", ("get", "patch", "update"), "Scale", "autoscaling", "v1")

_POD_SUBRESOURCES = (
    Subresource("binding", ("create",), "Binding"),
    Subresource("eviction", ("create",), "Eviction", "policy", "v1"),
    Subresource("log", ("get",), "Pod"),
    Subresource("portforward", ("create", "get"), "PodPortForwardOptions"),
    Subresource("proxy", ("create", "delete", "get", "patch", "update"), "PodProxyOptions"),
    _status("Pod"),
)

_SERVICE_SUBRESOURCES = (
    Subresource("proxy", ("create", "delete", "get", "patch", "update"), "ServiceProxyOptions"),
    _status("Service"),
)

_POD_FIELDS = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
)

_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)

RESOURCES: tuple[ResourceType, ...] = (
    ResourceType("configmaps", "ConfigMap", short_names=("cm",)),
    ResourceType(
        "endpoints",
        "Endpoints",
        short_names=("ep",),
        create_on_update=True,
        storage_path="services/endpoints",
    ),
    ResourceType(
        "events",
        "Event",
        short_names=("ev",),
        create_on_update=True,
        selectable=_EVENT_FIELDS,
    ),
    ResourceType(
        "namespaces",
        "Namespace",
        namespaced=False,
        short_names=("ns",),
        verbs=tuple(verb for verb in WRITABLE if verb != "deletecollection"),
        subresources=(Subresource("finalize", ("update",), "Namespace"), _status("Namespace")),
        returns_deleted=True,
        selectable=("status.phase",),
    ),
    ResourceType(
        "nodes",
        "Node",
        namespaced=False,
        short_names=("no",),
        subresources=(_status("Node"),),
        selectable=("spec.unschedulable",),
        storage_path="minions",
    ),
    ResourceType(
        "pods",
        "Pod",
        short_names=("po",),
        categories=("all",),
        subresources=_POD_SUBRESOURCES,
        generation=True,
        returns_deleted=True,
        selectable=_POD_FIELDS,
    ),
    ResourceType("secrets", "Secret", selectable=("type",)),
    ResourceType("serviceaccounts", "ServiceAccount", short_names=("sa",), returns_deleted=True),
    ResourceType(
        "services",
        "Service",
        short_names=("svc",),
        categories=("all",),
        subresources=_SERVICE_SUBRESOURCES,
        create_on_update=True,
        returns_deleted=True,
        selectable=("spec.clusterIP", "spec.type"),
        storage_path="services/specs",
    ),
    ResourceType(
        "daemonsets",
        "DaemonSet",
        group="apps",
        short_names=("ds",),
        categories=("all",),
        subresources=(_status("DaemonSet"),),
        generation=True,
    ),
    ResourceType(
        "deployments",
        "Deployment",
        group="apps",
        short_names=("deploy",),
        categories=("all",),
        subresources=(_SCALE, _status("Deployment")),
        generation=True,
    ),
    ResourceType(
        "replicasets",
        "ReplicaSet",
        group="apps",
        short_names=("rs",),
        categories=("all",),
        subresources=(_SCALE, _status("ReplicaSet")),
        generation=True,
    ),
    ResourceType(
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        group="authorization.k8s.io",
        namespaced=False,
        verbs=("create",),
    ),
    ResourceType(
        "leases",
        "Lease",
        group="coordination.k8s.io",
        create_on_update=True,
        unconditional_update=False,
    ),
    ResourceType("endpointslices", "EndpointSlice", group="discovery.k8s.io", generation=True),
    ResourceType(
        "ipaddresses",
        "IPAddress",
        group="networking.k8s.io",
        namespaced=False,
        short_names=("ip",),
    ),
    ResourceType(
        "networkpolicies",
        "NetworkPolicy",
        group="networking.k8s.io",
        short_names=("netpol",),
        generation=True,
    ),
    ResourceType(
        "servicecidrs",
        "ServiceCIDR",
        group="networking.k8s.io",
        namespaced=False,
        subresources=(_status("ServiceCIDR"),),
    ),
)

SCALE = ResourceType("scale", "Scale", group="autoscaling")
"""The type of scale subresources; it is not served as a resource."""

BY_PLURAL = {resource.plural: resource for resource in RESOURCES}


def groups() -> dict[tuple[str, str], list[ResourceType]]:
    """The resources by group and version, groups in the order they are served."""
    found: dict[tuple[str, str], list[ResourceType]] = {}
    for resource in RESOURCES:
        found.setdefault((resource.group, resource.version), []).append(resource)
    return found
