"""Dial vantages: a Pod that dials for us, asked through the API server's Pod proxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from kubeproof.probing import Observation, Outcome, Sample, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.observation import UDP

TARGET = Target("the ClusterIP of svc-1", "10.96.0.7", 9000)
REFUSED = (
    'Get "http://10.96.0.7:9000/hostname": dial tcp 10.96.0.7:9000: connect: connection refused'
)
UNKNOWN = "host and/or port param are invalid. lookup svc-1 on 10.96.0.10:53: no such host\n"


@dataclass
class PodProxy:
    """Answers every request with what was given, and remembers what it was asked."""

    answer: httpx.Response | httpx.HTTPError
    asked: list[tuple[str, dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str]]]
    )

    def __call__(self, page: str, query: dict[str, str]) -> httpx.Response:
        self.asked.append((page, query))
        if isinstance(self.answer, httpx.HTTPError):
            raise self.answer
        return self.answer


def vantage(proxy: PodProxy) -> DialVantage:
    return DialVantage("a Pod on n1", frozenset({"10.244.1.9"}), proxy)


def dialled(
    answer: httpx.Response | httpx.HTTPError, tries: int = 1, *, source: bool = False
) -> Sample:
    return vantage(PodProxy(answer)).ask(TARGET, tries, source=source)


def told(**lists: list[str]) -> httpx.Response:
    return httpx.Response(200, json=lists)


def outcomes(sample: Sample) -> list[Outcome]:
    return [one.outcome for one in sample]


def test_the_pod_is_asked_once_to_dial_many_times() -> None:
    proxy = PodProxy(told(responses=["pod-1"] * 3))
    sample = vantage(proxy).ask(TARGET, 3)
    query = {"host": "10.96.0.7", "port": "9000", "protocol": "http", "request": "hostname"}
    assert proxy.asked == [("dial", {**query, "tries": "3"})]
    assert sample.pods() == {"pod-1": 3}
    assert {(one.vantage, one.target) for one in sample} == {("a Pod on n1", TARGET)}


def test_with_source_it_is_asked_whom_the_pod_sees() -> None:
    proxy = PodProxy(told(responses=["10.244.1.9:41000"]))
    [seen] = vantage(proxy).ask(TARGET, source=True)
    assert proxy.asked[0][1]["request"] == "clientip"
    assert (seen.outcome, seen.source, seen.pod) == (Outcome.ANSWERED, "10.244.1.9", "")


def test_answers_that_are_left_out_beside_errors_are_nobody_s() -> None:
    sample = dialled(told(errors=[REFUSED]), 3)
    assert [one.outcome for one in sample].count(Outcome.ANSWERED) == 2
    assert not sample.pods().keys() - {""}


def test_answers_and_errors_are_both_told() -> None:
    sample = dialled(told(responses=["pod-1", "pod-2\n"], errors=[REFUSED]), 3)
    assert outcomes(sample) == [Outcome.ANSWERED, Outcome.ANSWERED, Outcome.REFUSED]
    assert sample.pods() == {"pod-1": 1, "pod-2": 1}
    assert [one.detail for one in sample] == ["", "", REFUSED]


ERRORS: Mapping[str, Outcome] = {
    REFUSED: Outcome.REFUSED,
    'Get "http://10.96.0.7:9000/hostname": EOF': Outcome.RESET,
    'Get "http://x": dial tcp 172.30.0.250:80: connect: no route to host': Outcome.UNREACHABLE,
    'Get "http://x": context deadline exceeded (Client.Timeout exceeded)': Outcome.TIMED_OUT,
    "words that nobody knows": Outcome.BROKEN,
}


@pytest.mark.parametrize(("words", "outcome"), ERRORS.items())
def test_errors_are_told_apart_by_their_words(words: str, outcome: Outcome) -> None:
    [seen] = dialled(told(errors=[words]))
    assert (seen.outcome, seen.detail, seen.pod) == (outcome, words, "")


def test_a_name_that_does_not_resolve_is_told_by_status_400() -> None:
    sample = dialled(httpx.Response(400, text=UNKNOWN), 2)
    assert outcomes(sample) == [Outcome.NAME_NOT_FOUND] * 2
    assert {one.detail for one in sample} == {UNKNOWN.strip()}


BROKEN: Mapping[str, httpx.Response | httpx.HTTPError] = {
    "the API server is gone": httpx.ConnectError("connection refused"),
    "the API server does not answer in time": httpx.ReadTimeout(""),
    "the Pod is gone": httpx.Response(503, text="no endpoints available"),
    "no rights": httpx.Response(403, text='pods "client" is forbidden'),
    "another mistake": httpx.Response(400, text="unsupported protocol. ftp\n"),
    "no JSON": httpx.Response(200, text="NOW: 2026-11-22"),
    "JSON of another shape": httpx.Response(200, json=["pod-1"]),
    "lists that are none": httpx.Response(200, json={"responses": "pod-1", "errors": None}),
    "nothing told": httpx.Response(200, json={}),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_dial_that_could_not_be_made_is_a_broken_check(
    answer: httpx.Response | httpx.HTTPError,
) -> None:
    sample = dialled(answer, 3)
    assert outcomes(sample) == [Outcome.BROKEN] * 3
    assert all(one.detail for one in sample)


def test_what_the_api_servers_proxy_says_is_told() -> None:
    [seen] = dialled(httpx.ReadTimeout(""))
    assert seen.detail == "the API server's Pod proxy: ReadTimeout"
    [seen] = dialled(httpx.Response(503, text="no endpoints available\n"))
    assert seen.detail == "the Pod's /dial: HTTP 503, 'no endpoints available'"


def test_tries_of_which_nothing_is_told_are_broken() -> None:
    sample = dialled(told(responses=["pod-1"]), 3)
    assert outcomes(sample) == [Outcome.ANSWERED, Outcome.BROKEN, Outcome.BROKEN]


@pytest.mark.parametrize("text", ["", "<html>It works!</html>", "404 page not found"])
def test_an_answer_that_names_no_pod_is_a_broken_check(text: str) -> None:
    [seen] = dialled(told(responses=[text]))
    assert (seen.outcome, seen.pod) == (Outcome.BROKEN, "")
    assert "names no Pod" in seen.detail


@pytest.mark.parametrize("text", ["", "pod-1", "nowhere:80"])
def test_a_source_that_is_no_address_is_a_broken_check(text: str) -> None:
    [seen] = dialled(told(responses=[text]), source=True)
    assert (seen.outcome, seen.source) == (Outcome.BROKEN, "")


def test_the_time_of_a_dial_is_shared_by_its_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 11.0, 11.0, 11.0])
    monkeypatch.setattr("time.monotonic", lambda: next(times, 11.0))
    sample = dialled(told(responses=["pod-1"] * 4), 4)
    assert {one.seconds for one in sample} == {0.25}


def test_an_observation_reads_as_a_sentence() -> None:
    [seen] = dialled(told(errors=[REFUSED]))
    assert str(seen) == (
        f"a Pod on n1 → the ClusterIP of svc-1 (10.96.0.7:9000): refused [{REFUSED}]"
    )
    assert isinstance(seen, Observation)


def test_datagrams_are_dialled_in_agnhost_s_words() -> None:
    proxy = PodProxy(
        told(errors=["reading from udp connection failed. err:'read udp: i/o timeout'"])
    )
    target = Target("the ClusterIP of svc-1", "10.96.0.7", 9000, protocol=UDP)
    sample = vantage(proxy).ask(target)
    assert proxy.asked[0][1]["protocol"] == "udp"
    assert outcomes(sample) == [Outcome.TIMED_OUT]
