"""The operator's way: the API server is asked, and dials."""

import httpx
import pytest

from kubeproof.probing import Outcome, Target
from kubeproof.probing.api_vantage import ApiVantage

PATH = "/api/v1/namespaces/ns/services/svc-1:9000/proxy/"
TARGET = Target("the API server's proxy", "127.0.0.1", 6443, PATH)


def answering(answer: httpx.Response) -> tuple[ApiVantage, list[str]]:
    asked: list[str] = []

    def get(path: str) -> httpx.Response:
        asked.append(path)
        return answer

    return ApiVantage("an operator", get), asked


def test_every_try_asks_the_page_behind_the_proxy() -> None:
    operator, asked = answering(httpx.Response(200, text="pod-1"))
    assert operator.ask(TARGET, 2).pods() == {"pod-1": 2}
    assert asked == [PATH + "hostname"] * 2


def test_the_pod_sees_the_api_server_so_no_source_is_told() -> None:
    operator, asked = answering(httpx.Response(200, text="pod-1"))
    [seen] = operator.ask(TARGET, source=True)
    assert (seen.pod, seen.source) == ("pod-1", "")
    assert asked == [PATH + "hostname"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, text='no endpoints available for service "svc-1:9000"'),
        httpx.Response(200, text="<html>"),
    ],
)
def test_a_proxy_that_finds_no_pod_is_an_answer_of_the_network(answer: httpx.Response) -> None:
    [seen] = answering(answer)[0].ask(TARGET)
    assert seen.outcome is Outcome.UNREACHABLE
    assert f"HTTP {answer.status_code}" in seen.detail or answer.text in seen.detail


def test_an_api_server_that_declines_says_why_in_a_status() -> None:
    status = {"kind": "Status", "code": 503, "message": 'no endpoints available for service "a"'}
    [seen] = answering(httpx.Response(503, json=status))[0].ask(TARGET)
    assert seen.outcome is Outcome.DECLINED
    assert "no endpoints available for service" in seen.detail


def test_an_api_server_that_is_gone() -> None:
    def get(path: str) -> httpx.Response:
        raise httpx.ConnectError("gone") from ConnectionRefusedError(111, "Connection refused")

    [seen] = ApiVantage("an operator", get).ask(TARGET)
    assert (seen.outcome, seen.detail) == (Outcome.REFUSED, "gone")
