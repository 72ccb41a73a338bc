"""What is in a cluster before anybody uses it: nodes, namespaces, the API's Service, DNS.

Source: kube-apiserver's and kubeadm's own objects, see "Cluster Architecture" in the Kubernetes
documentation.
"""

from collections.abc import Iterable
from typing import NamedTuple

from kubeproof.sandbox.controllers.api_endpoints import api_endpoint_slice, api_endpoints
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.cluster_dns import dns_deployment, dns_service
from kubeproof.sandbox.controllers.node_objects import NodeFacts, node_object
from kubeproof.sandbox.objects import Object, name_of, namespace_of

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class ClusterFacts(NamedTuple):
    """What the first objects say of the cluster.

    `api_endpoint` is the address and port at which Pods reach the API.
    """

    kubernetes_version: str
    sandbox_version: str
    api_service_address: str
    api_endpoint: tuple[str, int]
    dns_service_address: str


def bootstrap(client: Client, nodes: Iterable[NodeFacts], facts: ClusterFacts, moment: str) -> None:
    """Create what is not there yet. Raises ApiError if something may not be created."""
    for name in NAMESPACES:
        _create(client, "namespaces", _namespace(name))
    for node in nodes:
        version, sandbox = facts.kubernetes_version, facts.sandbox_version
        _create_with_status(client, "nodes", node_object(node, moment, version, sandbox))
    _create(client, "services", _api_service(facts))
    _create(client, "endpoints", api_endpoints(*facts.api_endpoint))
    _create(client, "endpointslices", api_endpoint_slice(*facts.api_endpoint))
    _create(client, "services", dns_service(facts.dns_service_address))
    _create(client, "deployments", dns_deployment())


def _create(client: Client, resource: str, obj: Object) -> Object | None:
    """Create an object unless it is there already; the answer is None if it is."""
    if client.store.get(resource, namespace_of(obj), name_of(obj)) is not None:
        return None
    return client.create(resource, obj)


def _create_with_status(client: Client, resource: str, obj: Object) -> None:
    created = _create(client, resource, obj)
    if created is not None and created.get("status") != obj["status"]:
        client.update_status(resource, created, obj["status"])


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _api_metadata() -> Object:
    return {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    }


def _api_service(facts: ClusterFacts) -> Object:
    port = {"name": "https", "protocol": "TCP", "port": 443, "targetPort": facts.api_endpoint[1]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _api_metadata(),
        "spec": {"clusterIP": facts.api_service_address, "ports": [port]},
    }
