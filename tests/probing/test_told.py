"""What a lookup and a command in a Pod tell: who asked, what for, how it ended, and why."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from kubeproof.errors import CheckBroken, NotConverged, PromiseBroken
from kubeproof.probing import Outcome, dig
from kubeproof.probing.lookup import HostsLookup, zone_of
from kubeproof.probing.observation import Observation, Sample
from kubeproof.probing.shell import Ended, PodProxy, Shell
from kubeproof.probing.told import nothing, silence, told, values
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import Budgets, Converged
from tests.probing.test_lookup import BUDGETS, CONF, FOUND, MISSING, SILENCE, SILENT, Pod

TWO = FOUND.rstrip() + "\nsvc-1.shop.svc.cluster.local. 30 IN A\t10.96.0.5\n\n"
TARGET = 'the address of "svc-1" (cluster DNS:53)'


def test_a_reply_names_the_pod_the_question_and_all_records() -> None:
    pod = Pod(answer=TWO)
    [reply] = pod.lookup().ask(1).replies
    seen = reply.observation
    assert (seen.vantage, str(seen.target)) == ("a Pod", TARGET)
    assert seen.detail == "A 10.96.0.5, A 10.96.0.7"
    assert 0 <= seen.seconds < 1
    assert str(reply) == f"{seen}: A 10.96.0.5, A 10.96.0.7"
    assert pod.seen == [seen]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [(MISSING, "NXDOMAIN"), (SILENT.format("timed out"), "timed out")],
)
def test_a_reply_without_records_says_why(answer: str, detail: str) -> None:
    [reply] = Pod(answer=answer).lookup().ask(1).replies
    assert reply.observation.detail == detail
    assert str(reply) == str(reply.observation)


def test_replies_that_are_alike_are_counted() -> None:
    one, three = Pod(answer=MISSING).lookup().ask(1), Pod(answer=MISSING).lookup().ask(3)
    assert str(one) == str(one.replies[0])
    assert str(three) == f"{three.replies[0]} (×3)"
    [found] = Pod(answer=FOUND).lookup().ask(1).replies
    assert str(type(one)([*one.replies, found])) == f"{one.replies[0]}; {found}"


def test_the_time_of_a_lookup_is_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 103.0))
    monkeypatch.setattr("kubeproof.probing.lookup.time.monotonic", lambda: next(clock))
    replies = Pod(answer=FOUND).lookup().ask(3).replies
    assert [reply.observation.seconds for reply in replies] == [1.0] * 3


def test_lookups_that_are_not_told_of_are_shown() -> None:
    with pytest.raises(CheckBroken) as caught:
        Pod(answer="Invalid option").lookup().ask(2)
    told_of = f"a Pod → {TARGET}: 2 lookups were made, and dig tells of 0 replies in "
    assert str(caught.value) == f"{told_of}{2 * 'Invalid option'!r}, "


def test_a_status_that_is_not_known_is_a_server_that_finds_no_way() -> None:
    for answer in (MISSING.replace("NXDOMAIN", "NOTIMP"), SILENT.format("host unreachable")):
        [reply] = Pod(answer=answer).lookup().ask(1).replies
        assert reply.observation.outcome is Outcome.UNREACHABLE


def only(page: str, words: str, output: str) -> PodProxy:
    """A Pod that knows one command and has no other."""

    def proxy(asked: str, query: dict[str, str]) -> httpx.Response:
        known = (asked, query) == (page, {"shellCommand": words})
        told: dict[str, str] = {"output": output} if known else {"error": "exit status 127"}
        return httpx.Response(200, json=told)

    return proxy


@pytest.mark.parametrize("name", ["host-1", "host-2"])
def test_what_is_found_in_hosts_is_told(name: str) -> None:
    heard: list[Observation] = []
    shell = Shell("a Pod", only("shell", "cat /etc/hosts", "10.244.1.2 host-1 # 10.0.0.1 host-2\n"))
    [reply] = HostsLookup(shell, name, heard.append).ask(5).replies
    seen = reply.observation
    assert heard == [seen]
    assert (seen.vantage, str(seen.target)) == ("a Pod", f'the address of "{name}" (/etc/hosts:0)')
    assert seen.seconds == 0.0
    assert reply.status == seen.outcome.value
    assert {record.name for record in reply.records} <= {"host-1"}


def test_the_zone_is_in_no_other_line_than_search() -> None:
    said = "nameserver svc.example\noptions svc.other\nsearch svc.cluster.test\n"
    assert zone_of(Shell("a Pod", only("shell", "cat /etc/resolv.conf", said))) == "cluster.test"
    with pytest.raises(PromiseBroken) as caught:
        zone_of(Shell("a Pod", only("shell", "cat /etc/resolv.conf", "options svc.other\n")))
    assert str(caught.value) == ("the resolv.conf of a Pod tells the cluster's domain; it does not")


def failing(error: httpx.HTTPError) -> PodProxy:
    def proxy(page: str, query: dict[str, str]) -> httpx.Response:
        raise error

    return proxy


def answering(status: int, **body: object) -> PodProxy:
    return lambda page, query: httpx.Response(status, json=body)


UNASKED: dict[str, tuple[PodProxy, str]] = {
    "gone": (failing(httpx.ConnectError("gone")), "a Pod cannot be asked to run ls: gone"),
    "no words": (failing(httpx.ReadTimeout("")), "a Pod cannot be asked to run ls: ReadTimeout"),
    "no such page": (
        answering(404, output="fine"),
        'a Pod cannot run ls: HTTP 404, \'{"output":"fine"}\'',
    ),
    "no object": (
        lambda page, query: httpx.Response(200, json=["ls"]),
        "a Pod cannot run ls: HTTP 200, '[\"ls\"]'",
    ),
}


@pytest.mark.parametrize(("proxy", "words"), UNASKED.values(), ids=UNASKED)
def test_a_command_that_was_not_run_is_told_in_full(proxy: PodProxy, words: str) -> None:
    with pytest.raises(CheckBroken) as caught:
        Shell("a Pod", proxy).run("ls", "/tmp")
    assert str(caught.value).replace(": ", ":").replace(" ", "") == (
        words.replace(": ", ":").replace(" ", "")
    )


def test_how_a_command_ended_is_told() -> None:
    assert Shell("a Pod", answering(200, output="a", error="exit status 2")).run("ls") == Ended(
        "a", "exit status 2"
    )
    assert Shell("a Pod", answering(200)).run("ls") == Ended("", "")
    with pytest.raises(CheckBroken) as caught:
        Shell("a Pod", answering(200, output=" no\n", error="exit status 2")).read("ls", "/x")
    assert str(caught.value) == "a Pod: ls /x: exit status 2, 'no'"


def test_silence_is_sampled_once_nobody_answers() -> None:
    """As often as its own budget says, not as a name that is found is."""
    pod = Pod(answer=SILENT.format("timed out"))
    heard: list[Converged[Sample]] = []
    budgets = replace(SILENCE, silence_tries=5)
    told(Judge(budgets, heard.append), pod.lookup(), silence())
    [found] = heard
    assert len(found.seen) == 5
    assert len(pod.seen) == 1 + 5


WORDS: dict[str, tuple[Callable[[], object], str]] = {
    "values": (
        lambda: told(
            Judge(BUDGETS), Pod(answer=MISSING).lookup(), values("ours", "A", frozenset("ba"))
        ),
        f"a Pod → {TARGET} is ours, a and b: ",
    ),
    "no value": (
        lambda: told(Judge(BUDGETS), Pod(answer=FOUND).lookup(), values("ours", "A", frozenset())),
        f"a Pod → {TARGET} is ours, nothing: ",
    ),
    "nothing": (
        lambda: told(
            Judge(BUDGETS),
            Pod(answer=FOUND, control=FOUND, file=CONF).lookup(),
            nothing("no address"),
        ),
        f"a Pod → {TARGET} is that there is no address: ",
    ),
    "silence": (
        lambda: told(Judge(SILENCE), Pod(answer=FOUND).lookup(), silence()),
        f"a Pod → {TARGET} is answered by nobody: ",
    ),
}


@pytest.mark.parametrize(("ask", "words"), WORDS.values(), ids=WORDS)
def test_what_was_wished_for_is_told(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(NotConverged) as caught:
        ask()
    assert str(caught.value).startswith(words)


def test_a_judge_is_told_of_lookups_too() -> None:
    heard: list[Converged[Sample]] = []
    judge = Judge(BUDGETS, heard.append)
    told(judge, Pod(answer=FOUND).lookup(), values("it", "A", frozenset({"10.96.0.7"})))
    [found] = heard
    assert len(found.seen) == BUDGETS.lookups_in_a_row
    assert found.looks >= 1
    assert 0 <= found.after < 5


def test_one_control_is_asked_before_and_after() -> None:
    pod = Pod(answer=MISSING, control=FOUND, file=CONF)
    told(Judge(Budgets(dataplane=0.05, lookups_in_a_row=2)), pod.lookup(), nothing("no address"))
    names = [seen.target.label for seen in pod.seen]
    control = 'the address of "kubernetes.default.svc.cluster.local"'
    assert names.count(control) == 2
    assert names[0] == names[-1] == control


def test_a_failure_without_a_reason_of_its_own_has_dig_s_words() -> None:
    [said] = dig.replies(";; no servers could be reached\n")
    assert said.why == "no server could be reached"
    [said] = dig.replies(";; connection timed out; no servers could be reached\n")
    assert said.why == "timed out"
