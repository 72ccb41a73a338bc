"""Asking the API server from a Pod: what is asked, and what its answers mean."""

import httpx
import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.observation import Observation

DOOR = Target("the ClusterIP of kubernetes", "10.96.0.1", 443, is_api=True)
VERSION = '{"major": "1", "gitVersion": "v1.36.2"}'
REFUSAL = '{"kind": "Status", "status": "Failure", "reason": "Unauthorized", "code": 401}'


def seen(output: str, status: int = 0, tries: int = 1) -> list[Observation]:
    def pod(page: str, query: dict[str, str]) -> httpx.Response:
        asked.append((page, query["shellCommand"]))
        error = {"error": f"exit status {status}"} if status else {}
        return httpx.Response(200, json={"output": output, **error})

    asked: list[tuple[str, str]] = []
    found = list(DialVantage("a Pod", frozenset(), pod).ask(DOOR, tries))
    assert len(asked) == tries
    assert {page for page, _ in asked} == {"shell"}
    return found


def test_the_command_trusts_the_service_account_s_certificate_only() -> None:
    asked: list[str] = []

    def pod(_: str, query: dict[str, str]) -> httpx.Response:
        asked.append(query["shellCommand"])
        return httpx.Response(200, json={"output": VERSION})

    DialVantage("a Pod", frozenset(), pod).ask(DOOR)
    assert asked == [
        "curl --silent --show-error --max-time 5 "
        "--cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt "
        "--connect-to kubernetes.default.svc:443:10.96.0.1:443 "
        "https://kubernetes.default.svc:443/version"
    ]


@pytest.mark.parametrize(("body", "told"), [(VERSION, "v1.36.2"), (REFUSAL, "it wants a token")])
def test_its_version_and_its_refusal_are_answers(body: str, told: str) -> None:
    [one] = seen(body)
    assert one.outcome is Outcome.SERVED
    assert told in one.detail


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (6, Outcome.NAME_NOT_FOUND),
        (7, Outcome.UNREACHABLE),
        (28, Outcome.TIMED_OUT),
        (52, Outcome.RESET),
        (56, Outcome.RESET),
        (35, Outcome.BROKEN),
        (60, Outcome.BROKEN),
        (77, Outcome.BROKEN),
    ],
)
def test_what_curl_s_exit_status_means(status: int, outcome: Outcome) -> None:
    [one] = seen(f"curl: ({status}) why", status)
    assert (one.outcome, one.detail) == (outcome, f"curl: ({status}) why")


@pytest.mark.parametrize("body", ["", "hello", '{"kind": "Pod"}'])
def test_words_that_no_api_server_says_are_no_answer(body: str) -> None:
    assert [one.outcome for one in seen(body)] == [Outcome.BROKEN]


def test_every_try_is_a_connection_of_its_own() -> None:
    assert len(seen(VERSION, tries=3)) == 3


def test_without_curl_the_check_is_broken() -> None:
    with pytest.raises(CheckBroken, match="cannot run curl"):
        seen("sh: curl: not found", 127)
