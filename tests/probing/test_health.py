"""Health check node ports: what a node says of a Service, and what is said by somebody else."""

from typing import Any

import httpx
import pytest

from kubeproof.probing import Observation, Outcome, Target
from kubeproof.probing.answer import Unanswered
from kubeproof.probing.direct import DirectVantage
from kubeproof.probing.health import WHOLE_NODE, health_in
from tests.probing.servers import Handler, response, saying, serving


def said(status: int, name: str = "svc-3", **more: Any) -> httpx.Response:
    body = {"service": {"namespace": "ns", "name": name}, "localEndpoints": 1, **more}
    return httpx.Response(status, json=body)


@pytest.mark.parametrize(("status", "outcome"), [(200, Outcome.HEALTHY), (503, Outcome.UNHEALTHY)])
def test_the_status_is_the_answer(status: int, outcome: Outcome) -> None:
    found, words = health_in(said(status, serviceProxyHealthy=True), "ns/svc-3")
    assert found is outcome
    assert words == f"HTTP {status}, local endpoints: 1"


@pytest.mark.parametrize(
    "answer",
    [
        said(200, name="svc-4"),
        said(404),
        httpx.Response(200, text="pod-1"),
        httpx.Response(200, json=["svc-3"]),
        httpx.Response(200, json={"service": "ns/svc-3"}),
    ],
)
def test_what_somebody_else_says_is_no_health_check(answer: httpx.Response) -> None:
    with pytest.raises(Unanswered, match=r"no health check of ns/svc-3: HTTP \d+"):
        health_in(answer, "ns/svc-3")


def asked(handler: Handler) -> tuple[Observation, list[list[str]]]:
    with serving(handler) as server:
        target = Target("a health check", "127.0.0.1", server.port, health_of="ns/svc-3")
        [seen] = DirectVantage("a client", 5.0).ask(target)
    return seen, server.asked


def test_a_client_asks_a_health_check_for_nothing_else() -> None:
    body = '{"service": {"namespace": "ns", "name": "svc-3"}, "localEndpoints": 0}'
    seen, pages = asked(saying(response(body, "503 Service Unavailable")))
    assert (seen.outcome, seen.pod) == (Outcome.UNHEALTHY, "")
    assert pages == [["/healthz"]]


def test_a_pod_at_a_health_check_s_port_is_a_broken_check() -> None:
    seen, _ = asked(saying(response("pod-1")))
    assert seen.outcome is Outcome.BROKEN


def node_said(status: int, eligible: object) -> httpx.Response:
    body = {"lastUpdated": "2026-01-01T00:00:00Z", "nodeEligible": eligible, "healthy": True}
    return httpx.Response(status, json=body)


@pytest.mark.parametrize(
    ("status", "eligible", "outcome"),
    [(200, True, Outcome.HEALTHY), (503, False, Outcome.UNHEALTHY)],
)
def test_a_node_tells_whether_it_is_eligible(status: int, eligible: bool, outcome: Outcome) -> None:
    found, words = health_in(node_said(status, eligible), WHOLE_NODE)
    assert found is outcome
    assert words == f"HTTP {status}, nodeEligible: {str(eligible).lower()}"


@pytest.mark.parametrize(
    "answer",
    [
        node_said(503, True),  # its proxy is behind with its work
        node_said(200, False),
        node_said(404, True),
        node_said(200, "true"),
        httpx.Response(503),
        httpx.Response(200, text="ok"),
        said(200),
    ],
)
def test_a_node_that_is_unwell_for_another_reason_says_nothing_of_that(
    answer: httpx.Response,
) -> None:
    with pytest.raises(Unanswered, match=r"no word on whether the node is eligible: HTTP \d+"):
        health_in(answer, WHOLE_NODE)
