"""ServiceCIDRs and IPAddresses: what the API takes, and where ClusterIPs come from then."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster

NETWORKING = "networking.k8s.io/v1"


def service_cidr(*cidrs: str, name: str = "extra") -> Object:
    metadata = {"name": name}
    kind = {"apiVersion": NETWORKING, "kind": "ServiceCIDR"}
    return {**kind, "metadata": metadata, "spec": {"cidrs": list(cidrs)}}


def added(cluster: Cluster, *cidrs: str) -> Object:
    return cluster.registry.create("servicecidrs", "", service_cidr(*cidrs))


def refusal(cluster: Cluster, *cidrs: str) -> str:
    with pytest.raises(ApiError) as refused:
        added(cluster, *cidrs)
    return refused.value.message


@pytest.mark.parametrize(
    ("cidrs", "why"),
    [
        ((), "spec.cidrs: Required value: at least one CIDR required"),
        (("10.0.0.0/8", "fd00::/64", "10.1.0.0/16"), "may only hold up to 2 values"),
        (("10.200.0.1",), "spec.cidrs[0]: Invalid value: "),
        (("10.200.0.1/24",), "must not have bits set beyond the prefix length"),
        (("10.0.0.0/24", "10.1.0.0/24"), "may specify no more than one IP for each IP family"),
    ],
)
def test_blocks_that_are_refused(cluster: Cluster, cidrs: tuple[str, ...], why: str) -> None:
    assert why in refusal(cluster, *cidrs)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("10.201.0.0/24",), "spec.cidrs[0]: Invalid value: "),
        (("10.201.0.0/24", "fd00::/64"), "field is immutable"),
        ((), "field is immutable"),
        (("10.200.0.0/24", "fd00::/64"), ""),
        (("10.200.0.0/24",), ""),
    ],
)
def test_blocks_stay(cluster: Cluster, change: tuple[str, ...], why: str) -> None:
    added(cluster, "10.200.0.0/24")

    def changed() -> Object:
        return cluster.registry.update("servicecidrs", "", "extra", service_cidr(*change))

    if not why:
        assert changed()["spec"]["cidrs"] == list(change)
        return
    with pytest.raises(ApiError) as refused:
        changed()
    assert why in refused.value.message


def test_an_added_range_gives_the_addresses_that_are_asked_for(cluster: Cluster) -> None:
    with pytest.raises(ApiError, match="the provided network does not match the current range"):
        cluster.service(clusterIP="10.200.0.9")
    added(cluster, "10.200.0.0/24")
    assert cluster.service(clusterIP="10.200.0.9")["spec"]["clusterIPs"] == ["10.200.0.9"]
    assert cluster.registry.get("ipaddresses", "", "10.200.0.9")
    assert cluster.service(name="other")["spec"]["clusterIP"].startswith("10.96.")


def test_a_range_that_is_being_deleted_gives_none(cluster: Cluster) -> None:
    held = service_cidr("10.200.0.0/24")
    held["metadata"]["finalizers"] = ["example.com/held"]
    cluster.registry.create("servicecidrs", "", held)
    cluster.registry.delete("servicecidrs", "", "extra")
    with pytest.raises(ApiError, match="the provided network does not match"):
        cluster.service(clusterIP="10.200.0.9")


@pytest.mark.parametrize(
    ("name", "parent", "why"),
    [
        ("10.0.0.7", {"resource": "services", "name": "it", "namespace": "test"}, ""),
        ("web", {"resource": "services", "name": "it"}, "metadata.name: Invalid value"),
        ("10.0.0.07", {"resource": "services", "name": "it"}, "metadata.name: Invalid value"),
        ("10.0.0.7", None, "spec.parentRef: Required value"),
        ("10.0.0.7", {"resource": "services"}, "spec.parentRef.name: Required value"),
        ("10.0.0.7", {"resource": "a/b", "name": "it"}, "may not contain '/'"),
    ],
)
def test_addresses(cluster: Cluster, name: str, parent: Object | None, why: str) -> None:
    spec = {} if parent is None else {"parentRef": parent}
    body = {"apiVersion": NETWORKING, "kind": "IPAddress", "metadata": {"name": name}, "spec": spec}
    if not why:
        assert cluster.registry.create("ipaddresses", "", body)["metadata"]["name"] == name
        return
    with pytest.raises(ApiError) as refused:
        cluster.registry.create("ipaddresses", "", body)
    assert why in refused.value.message
