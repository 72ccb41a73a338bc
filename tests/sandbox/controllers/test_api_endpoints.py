"""The endpoints of the API server's own Service: kept as they are, unless they are stale."""

import pytest

from kubeproof.sandbox.controllers.api_endpoints import STALE
from tests.sandbox.controllers.cluster import Cluster

KEY = ("kubernetes", "default")


def told(cluster: Cluster) -> tuple[str, str]:
    [subset] = cluster.get("endpoints", *KEY)["subsets"]
    [endpoint] = cluster.get("endpointslices", *KEY)["endpoints"]
    return subset["addresses"][0]["ip"], endpoint["addresses"][0]


def test_both_tell_where_the_api_server_listens(cluster: Cluster) -> None:
    cluster.settle()
    assert told(cluster) == ("172.30.0.1", "172.30.0.1")


@pytest.mark.parametrize("resource", ["endpoints", "endpointslices"])
def test_what_somebody_deletes_comes_back(cluster: Cluster, resource: str) -> None:
    cluster.registry.delete(resource, "default", "kubernetes")
    cluster.settle()
    assert told(cluster) == ("172.30.0.1", "172.30.0.1")


def test_under_the_fault_they_lead_to_one_that_is_gone(cluster: Cluster) -> None:
    cluster.faults.replace([STALE])
    cluster.settle()
    assert told(cluster) == ("172.30.0.2", "172.30.0.2")
    cluster.faults.replace([])
    cluster.settle()
    assert told(cluster) == ("172.30.0.1", "172.30.0.1")
