"""Evidence: what a failed scenario's cluster looked like."""

import time
from typing import Any, cast

import pytest

from kubeproof.cluster import evidence
from kubeproof.cluster.base import Cluster, NoNodeAccess
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.workload import Workload


class FakeApi:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.slow: set[str] = set()
        self.refused: set[str] = set()

    def list(self, kind: str, namespace: str = "", **_: Any) -> list[dict[str, Any]]:
        if kind in self.slow:
            time.sleep(1)
        if kind in self.refused:
            raise Rejected(403, "Forbidden", f"may not list {kind}")
        if kind == "Event":
            return self.events
        owned = {"name": f"{kind.lower()}-1", "managedFields": ["noise"]}
        return [{"kind": kind, "metadata": owned, "spec": {}}]


class FakeCluster:
    def rules(self, node: str) -> str:
        return f"table of {node}"

    def connections(self, node: str) -> list[str]:
        raise NoNodeAccess(f"{node} is locked")


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def told(api: FakeApi) -> str:
    nothing: dict[str, Any] = {}
    made = {"api": api, "namespace": "here", "met_services": nothing, "met_pods": nothing}
    workload: Any = type("Made", (), made)()
    return evidence.gathered(cast(Cluster, FakeCluster()), cast(Workload, workload))


def test_every_section_is_there_and_says_who_is_who(api: FakeApi) -> None:
    text = told(api)
    for title in ("Services", "EndpointSlices", "Pods", "Events", "Nodes", "Service rules"):
        assert f"== {title}\n" in text
    assert "service-1" in text
    assert "-- node-1\ntable of node-1" in text
    assert "-- node-1\ncould not be had: node-1 is locked" in text
    assert "noise" not in text


def test_an_event_is_told_in_a_line(api: FakeApi) -> None:
    event = {
        "metadata": {"name": "pod-1.17"},
        "involvedObject": {"kind": "Pod", "name": "pod-1"},
        "type": "Warning",
        "reason": "Unhealthy",
        "message": "Readiness probe failed",
        "lastTimestamp": "2026-01-02T03:04:05Z",
    }
    api.events = [event]
    line = "2026-01-02T03:04:05Z  Warning  Unhealthy  Pod pod-1: Readiness probe failed"
    assert f"== Events\n{line}\n" in told(api)


def test_a_collector_that_is_refused_hides_no_other(api: FakeApi) -> None:
    api.refused = {"Event"}
    text = told(api)
    assert "could not be had: may not list Event (HTTP 403 Forbidden)" in text
    assert "-- node-1" in text


def test_a_collector_that_hangs_is_left_behind(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "PATIENCE", 0.05)
    api.slow = {"Pod"}
    assert "== Pods\ncould not be had within 0.05 s" in told(api)
