"""Namespaces: what they are given, and how they go."""

from typing import Any

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, pod, service, workload


def conditions(cluster: Cluster, name: str = "test") -> dict[str, Object]:
    found = cluster.get("namespaces", name, "")["status"]["conditions"]
    return {item["type"]: item for item in found}


def delete_namespace(cluster: Cluster) -> None:
    cluster.registry.delete("namespaces", "", "test")
    cluster.settle()


def exists(cluster: Cluster) -> bool:
    return cluster.store.get("namespaces", "", "test") is not None


def test_every_namespace_is_given_its_service_account_and_root_ca(cluster: Cluster) -> None:
    cluster.get("serviceaccounts", "default")
    assert "ca.crt" in cluster.get("configmaps", "kube-root-ca.crt")["data"]
    cluster.delete("serviceaccounts", "default")
    cluster.delete("configmaps", "kube-root-ca.crt")
    cluster.get("serviceaccounts", "default")
    cluster.patch("configmaps", "kube-root-ca.crt", lambda obj: obj.update(data={}))
    assert "ca.crt" in cluster.get("configmaps", "kube-root-ca.crt")["data"]


def test_goes_with_everything_in_it(cluster: Cluster) -> None:
    cluster.create("services", service())
    cluster.create("deployments", workload("w", 2))
    cluster.create("daemonsets", workload("d", None, selector={"matchLabels": {"app": "a"}}))
    cluster.create("configmaps", {"metadata": {"name": "c"}})
    delete_namespace(cluster)
    assert not exists(cluster)
    for resource in ("pods", "services", "endpoints", "endpointslices", "deployments"):
        assert cluster.list(resource) == []


def test_waits_for_its_pods_before_anything_else_goes(cluster: Cluster) -> None:
    cluster.kubelet.lingers = lambda pod: True
    cluster.create("services", service())
    cluster.create("pods", pod("p"))
    delete_namespace(cluster)
    assert cluster.get("namespaces", "test", "")["status"]["phase"] == "Terminating"
    remaining = conditions(cluster)["NamespaceContentRemaining"]
    assert (remaining["status"], remaining["reason"]) == ("True", "SomeResourcesRemain")
    assert "pods. has 1 resource instances" in remaining["message"]
    assert len(cluster.list("services")) == 1
    [endpoint_slice] = cluster.list("endpointslices")
    cluster.delete("endpointslices", endpoint_slice["metadata"]["name"])
    assert cluster.list("endpointslices") == []
    cluster.kubelet.end(cluster.get("pods", "p"))
    cluster.settle()
    assert not exists(cluster)


def test_says_which_finalizers_hold_it(cluster: Cluster) -> None:
    held: dict[str, Any] = {"metadata": {"name": "held", "finalizers": ["test/hold"]}}
    cluster.create("configmaps", held)
    delete_namespace(cluster)
    found = conditions(cluster)
    assert found["NamespaceContentRemaining"]["message"] == (
        "Some resources are remaining: configmaps. has 1 resource instances"
    )
    assert found["NamespaceFinalizersRemaining"]["reason"] == "SomeFinalizersRemain"
    assert found["NamespaceFinalizersRemaining"]["message"] == (
        "Some content in the namespace has finalizers remaining: test/hold in 1 resource instances"
    )
    assert found["NamespaceDeletionContentFailure"]["status"] == "False"
    cluster.patch("configmaps", "held", lambda obj: obj["metadata"].update(finalizers=[]))
    assert not exists(cluster)


def test_nothing_new_gets_in_while_it_goes(cluster: Cluster) -> None:
    cluster.kubelet.lingers = lambda pod: True
    cluster.create("deployments", workload("w", 1))
    delete_namespace(cluster)
    assert len(cluster.list("pods")) == 1
    with pytest.raises(ApiError, match="because it is being terminated"):
        cluster.create("pods", pod("p"))
    cluster.kubelet.end(cluster.list("pods")[0])
    cluster.settle()
    assert not exists(cluster)


def test_can_be_made_again(cluster: Cluster) -> None:
    delete_namespace(cluster)
    cluster.create("namespaces", {"metadata": {"name": "test"}})
    cluster.create("pods", pod("p"))
    assert cluster.get("pods", "p")["spec"]["nodeName"]
