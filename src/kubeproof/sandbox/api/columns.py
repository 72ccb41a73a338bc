"""The columns of each kind's Table, as `kubectl get` shows them; priority 1 is for -o wide.



Follows Kubernetes' ``pkg/printers/internalversion``.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its title, its type, and where its description comes from."""

    title: str
    source: str
    """``type.field`` of the schema whose description is shown, or the description itself."""
    type: str = "string"
    priority: int = 0
    format: str = ""


def _wide(title: str, source: str, type_: str = "string") -> Column:
    return Column(title, source, type_, 1)


def _number(title: str, source: str) -> Column:
    return Column(title, source, "integer")


NAME = Column("Name", "meta.ObjectMeta.name", format="name")
AGE = Column("Age", "meta.ObjectMeta.creationTimestamp")
_CREATED = Column("Created At", "meta.ObjectMeta.creationTimestamp", "date")
_CONTAINERS = _wide("Containers", "Names of each container in the template.")
_IMAGES = _wide("Images", "Images referenced by each container in the template.")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "configmaps": (NAME, Column("Data", "core.ConfigMap.data"), AGE),
    "daemonsets": (
        NAME,
        _number("Desired", "apps.DaemonSetStatus.desiredNumberScheduled"),
        _number("Current", "apps.DaemonSetStatus.currentNumberScheduled"),
        _number("Ready", "apps.DaemonSetStatus.numberReady"),
        _number("Up-to-date", "apps.DaemonSetStatus.updatedNumberScheduled"),
        _number("Available", "apps.DaemonSetStatus.numberAvailable"),
        Column("Node Selector", "core.PodSpec.nodeSelector"),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _wide("Selector", "apps.DaemonSetSpec.selector"),
    ),
    "deployments": (
        NAME,
        Column("Ready", "Number of the pod with ready state"),
        Column("Up-to-date", "apps.DeploymentStatus.updatedReplicas"),
        Column("Available", "apps.DeploymentStatus.availableReplicas"),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _wide("Selector", "apps.DeploymentSpec.selector"),
    ),
    "endpoints": (NAME, Column("Endpoints", "core.Endpoints.subsets"), AGE),
    "endpointslices": (
        NAME,
        Column("AddressType", "discovery.EndpointSlice.addressType"),
        Column("Ports", "discovery.EndpointSlice.ports"),
        Column("Endpoints", "discovery.EndpointSlice.endpoints"),
        AGE,
    ),
    "events": (
        Column("Last Seen", "core.Event.lastTimestamp"),
        Column("Type", "core.Event.type"),
        Column("Reason", "core.Event.reason"),
        Column("Object", "core.Event.involvedObject"),
        _wide("Subobject", "core.ObjectReference.fieldPath"),
        _wide("Source", "core.Event.source"),
        Column("Message", "core.Event.message"),
        _wide("First Seen", "core.Event.firstTimestamp"),
        _wide("Count", "core.Event.count"),
        Column("Name", "meta.ObjectMeta.name", priority=1, format="name"),
    ),
    "ipaddresses": (NAME, Column("ParentRef", "networking.IPAddressSpec.parentRef")),
    "leases": (NAME, Column("Holder", "coordination.LeaseSpec.holderIdentity"), AGE),
    "namespaces": (NAME, Column("Status", "The status of the namespace"), AGE),
    "nodes": (
        NAME,
        Column("Status", "The status of the node"),
        Column("Roles", "The roles of the node"),
        AGE,
        Column("Version", "core.NodeSystemInfo.kubeletVersion"),
        _wide("Internal-IP", "core.NodeStatus.addresses"),
        _wide("External-IP", "core.NodeStatus.addresses"),
        _wide("OS-Image", "core.NodeSystemInfo.osImage"),
        _wide("Kernel-Version", "core.NodeSystemInfo.kernelVersion"),
        _wide("Container-Runtime", "core.NodeSystemInfo.containerRuntimeVersion"),
    ),
    "pods": (
        NAME,
        Column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
        Column("Status", "The aggregate status of the containers in this pod."),
        Column(
            "Restarts",
            "The number of times the containers in this pod have been restarted and when the "
            "last container in this pod has restarted.",
        ),
        AGE,
        _wide("IP", "core.PodStatus.podIP"),
        _wide("Node", "core.PodSpec.nodeName"),
        _wide("Nominated Node", "core.PodStatus.nominatedNodeName"),
        _wide("Readiness Gates", "core.PodSpec.readinessGates"),
    ),
    "replicasets": (
        NAME,
        _number("Desired", "apps.ReplicaSetSpec.replicas"),
        _number("Current", "apps.ReplicaSetStatus.replicas"),
        _number("Ready", "apps.ReplicaSetStatus.readyReplicas"),
        AGE,
        _CONTAINERS,
        _IMAGES,
        _wide("Selector", "apps.ReplicaSetSpec.selector"),
    ),
    "secrets": (
        NAME,
        Column("Type", "core.Secret.type"),
        Column("Data", "core.Secret.data"),
        AGE,
    ),
    "serviceaccounts": (NAME, AGE),
    "servicecidrs": (NAME, Column("CIDRs", "networking.ServiceCIDRSpec.cidrs"), AGE),
    "services": (
        NAME,
        Column("Type", "core.ServiceSpec.type"),
        Column("Cluster-IP", "core.ServiceSpec.clusterIP"),
        Column("External-IP", "core.ServiceSpec.externalIPs"),
        Column("Port(s)", "core.ServiceSpec.ports"),
        AGE,
        _wide("Selector", "core.ServiceSpec.selector"),
    ),
}

OTHERS = (NAME, _CREATED)
"""Columns of a kind that has none of its own."""
