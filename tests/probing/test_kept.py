"""A connection that is kept: what curl is asked to do, and what its lines mean."""

import httpx
import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Outcome, Target
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.kept import KeptVantage
from tests.clocks import FakeClock
from tests.probing.vantages import FakeVantage, always

DOOR = Target("the ClusterIP of svc-1", "10.96.0.7", 9000)
FIRST = "pod-1 200 0 1 0.0021 \n"
LATER = "pod-1 200 0 0 0.0005 \n"


class Pod:
    """A Pod in which curl writes one more of these lines at every look."""

    def __init__(self, *lines: str, seen: int = 1) -> None:
        self.commands: list[str] = []
        self._lines, self._seen = lines, seen

    def __call__(self, page: str, query: dict[str, str]) -> httpx.Response:
        assert page == "shell"
        self.commands.append(query["shellCommand"])
        return httpx.Response(200, json={"output": self._output(query["shellCommand"])})

    def _output(self, command: str) -> str:
        if not command.startswith("cat "):
            return "4711\n"
        self._seen += 1
        return "".join(self._lines[: self._seen - 1])


def kept(pod: Pod) -> KeptVantage:
    client = DialVantage("a Pod on n1", frozenset({"10.244.1.9"}), pod)
    return KeptVantage(client, DOOR, FakeClock())


def test_one_curl_asks_for_one_page_after_the_other() -> None:
    pod = Pod()
    client = kept(pod)
    assert (client.name, client.addresses) == ("a Pod on n1, over one connection", {"10.244.1.9"})
    [command] = pod.commands
    written = command.partition(" >")[2].partition(" ")[0]
    assert written.startswith("/tmp/kept-")
    assert command == (
        "curl --silent --no-buffer --rate 20/s --max-time 5 --write-out "
        r"' %{response_code} %{exitcode} %{num_connects} %{time_total} %{errormsg}\n' "
        f"'http://10.96.0.7:9000/hostname?[1-6000]' >{written} 2>&1 & echo $!"
    )
    client.stop()
    assert pod.commands[1:] == ["kill 4711"]


def test_answers_count_that_were_asked_for_after_the_question() -> None:
    client = kept(Pod(FIRST, LATER, *["pod-2 200 0 0 0.0007 \n"] * 9, seen=3))
    seen = client.ask(DOOR, 3)
    assert [one.pod for one in seen] == ["pod-2"] * 3
    assert {(one.outcome, one.seconds, one.vantage, one.target) for one in seen} == {
        (Outcome.ANSWERED, 0.0007, client.name, DOOR)
    }
    assert client.first().pod == "pod-1"


ENDS = {
    "another connection": ("pod-2 200 0 1 0.001 \n", Outcome.RESET, "which pod-2 answered"),
    "silence": (" 000 28 0 5.0 Operation timed out\n", Outcome.TIMED_OUT, "Operation timed out"),
    "reset": (" 000 56 0 0.001 Recv failure\n", Outcome.RESET, "Recv failure"),
    "refused": (" 000 7 1 0.001 no way\n", Outcome.UNREACHABLE, "no way"),
    "no Pod's answer": ("pod-1 404 0 0 0.001 \n", Outcome.BROKEN, "names no Pod"),
    "no Pod's name": ("Not_Found 200 0 0 0.001 \n", Outcome.BROKEN, "names no Pod"),
    "no curl": ("sh: curl: not found\n", Outcome.BROKEN, "no word of curl's"),
    "unknown status": (" 000 99 0 0.001 what\n", Outcome.BROKEN, "what"),
}


@pytest.mark.parametrize(("line", "outcome", "why"), ENDS.values(), ids=ENDS.keys())
def test_what_was_lost_stays_lost(line: str, outcome: Outcome, why: str) -> None:
    client = kept(Pod(FIRST, LATER, LATER, line, *[LATER] * 9))
    seen = list(client.ask(DOOR, 5))
    assert [one.outcome for one in seen] == [Outcome.ANSWERED] + [outcome] * 4
    assert why in seen[-1].detail
    assert seen[-1].pod == ""
    assert {one.outcome for one in client.ask(DOOR, 2)} == {outcome}


def test_half_a_line_is_none_yet() -> None:
    client = kept(Pod(FIRST, LATER, "pod-1 200", " 0 0 0.0005 \n"))
    assert [one.outcome for one in client.ask(DOOR)] == [Outcome.ANSWERED]


def test_a_client_that_has_stopped_shows_nothing() -> None:
    with pytest.raises(CheckBroken, match="over one connection does not go on: 2 answers so far"):
        kept(Pod(FIRST, LATER)).ask(DOOR, 5)


def test_to_stop_is_no_failure_where_the_pod_is_gone() -> None:
    gone = httpx.Response(404, text="no such Pod")
    started = iter([httpx.Response(200, json={"output": "4711\n"}), gone])

    def pod(page: str, query: dict[str, str]) -> httpx.Response:
        return next(started)

    client = KeptVantage(DialVantage("a Pod", frozenset(), pod), DOOR)
    client.stop()
    assert next(started, None) is None


def test_only_pods_keep_connections() -> None:
    with pytest.raises(CheckBroken, match="a client cannot keep a connection open: it is no Pod"):
        KeptVantage(FakeVantage(always("pod-1")), DOOR)
