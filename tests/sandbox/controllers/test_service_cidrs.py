"""ServiceCIDRs: Ready once the controller has seen them, and held while they are in use."""

import pytest

from kubeproof.sandbox.controllers.service_cidrs import GRACE_SECONDS
from kubeproof.sandbox.kinds.service_cidr import FINALIZER
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.cluster import Cluster, service

RESOURCE = "servicecidrs"


def added(cluster: Cluster, name: str = "extra", cidr: str = "10.200.0.0/24") -> None:
    body: Object = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": name},
        "spec": {"cidrs": [cidr]},
    }
    cluster.registry.create(RESOURCE, "", body)
    cluster.settle()


def in_use(cluster: Cluster) -> None:
    cluster.create("services", service("web", clusterIP="10.200.0.9"))
    cluster.settle()


def deleted(cluster: Cluster, name: str = "extra") -> None:
    cluster.registry.delete(RESOURCE, "", name)
    cluster.settle()


def ready(cluster: Cluster, name: str = "extra") -> tuple[str, str]:
    [condition] = cluster.get(RESOURCE, name, "")["status"]["conditions"]
    return condition["status"], condition["reason"]


def there(cluster: Cluster) -> set[str]:
    return {item["metadata"]["name"] for item in cluster.store.list(RESOURCE)}


def test_a_new_one_is_ready_and_protected(cluster: Cluster) -> None:
    added(cluster)
    assert ready(cluster) == ("True", "")
    assert cluster.get(RESOURCE, "extra", "")["metadata"]["finalizers"] == [FINALIZER]


def test_one_that_nobody_uses_goes_after_a_while(cluster: Cluster) -> None:
    added(cluster)
    deleted(cluster)
    assert there(cluster) == {"kubernetes", "extra"}
    cluster.advance(GRACE_SECONDS + 1)
    assert there(cluster) == {"kubernetes"}


def test_one_in_use_stays_until_its_addresses_are_free(cluster: Cluster) -> None:
    added(cluster)
    in_use(cluster)
    deleted(cluster)
    cluster.advance(GRACE_SECONDS + 1)
    assert ready(cluster) == ("False", "Terminating")
    cluster.registry.delete("services", "test", "web")
    cluster.advance(1)
    assert there(cluster) == {"kubernetes"}


def test_one_that_another_covers_may_go_although_it_is_in_use(cluster: Cluster) -> None:
    added(cluster)
    added(cluster, "wider", "10.200.0.0/16")
    in_use(cluster)
    deleted(cluster)
    cluster.advance(GRACE_SECONDS + 1)
    assert there(cluster) == {"kubernetes", "wider"}


@pytest.mark.parametrize(
    ("fault", "left"),
    [("service-cidr-unprotected", {"kubernetes"}), ("", {"kubernetes", "extra"})],
)
def test_unprotected_it_goes_at_once(cluster: Cluster, fault: str, left: set[str]) -> None:
    added(cluster)
    in_use(cluster)
    cluster.faults.replace([fault] if fault else [])
    deleted(cluster)
    assert there(cluster) == left
