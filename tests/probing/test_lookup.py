"""Lookups: what dig is asked, what its text says, and what is made of it."""

import httpx
import pytest

from kubeproof.errors import CheckBroken, NotConverged, PromiseBroken
from kubeproof.probing import Outcome, dig
from kubeproof.probing.dig import Record, Said
from kubeproof.probing.lookup import DnsLookup, HostsLookup, resolv_conf, zone_of
from kubeproof.probing.observation import Observation
from kubeproof.probing.shell import Shell
from kubeproof.probing.told import nothing, silence, told, values
from kubeproof.probing.verdict import Judge
from kubeproof.waiting import Budgets

CONF = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\n"
FOUND = """;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 50
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; COOKIE: bee08cdba8b6247c (echoed)
;; ANSWER SECTION:
svc-1.shop.svc.cluster.local. 30 IN A\t10.96.0.7

"""
MISSING = """;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 41582
;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

"""
SILENT = ";; communications error to 10.96.0.10#53: {}\n;; no servers could be reached\n"
BUDGETS = Budgets(dataplane=0.05, dataplane_poll=0.01, lookups_in_a_row=2)
SILENCE = Budgets(dataplane=0.05, dataplane_poll=0.01, silence_tries=2, silence_over=0.0)


class Pod:
    """A Pod whose shell says what was given for a name; remembers what was observed."""

    def __init__(self, **said: str) -> None:
        self.said = said
        self.seen: list[Observation] = []

    def __call__(self, page: str, query: dict[str, str]) -> httpx.Response:
        words = query["shellCommand"].split()
        if words[0] == "cat":
            return httpx.Response(200, json={"output": self.said["file"]})
        name = next(word for word in words[1:] if not word.startswith("+"))
        text = self.said["control" if name.startswith("kubernetes.") else "answer"]
        told = {"output": text * words.count(name)}
        return httpx.Response(
            200, json=told | ({"error": "exit status 9"} if "no s" in text else {})
        )

    def lookup(self, kind: str = "A") -> DnsLookup:
        return DnsLookup(Shell("a Pod", self), "svc-1", kind, 1.5, self.seen.append)


def test_dig_is_asked_for_a_name_many_times() -> None:
    assert dig.command("svc-1", "A", 2, 1.5) == [
        *("dig", "+search", "+noall", "+comments", "+answer", "+time=2", "+tries=1"),
        *("svc-1", "A", "svc-1", "A"),
    ]


def test_replies_and_failures_are_told_apart() -> None:
    record = Record("svc-1.shop.svc.cluster.local", "A", "10.96.0.7")
    assert list(dig.replies(FOUND + MISSING + SILENT.format("timed out"))) == [
        Said("NOERROR", (record,)),
        Said("NXDOMAIN"),
        Said("", why="timed out"),
    ]


def test_records_of_many_words_are_without_the_dots_at_their_end() -> None:
    srv = "_http._tcp.svc-1.shop. 30 IN SRV\t0 100 9000 pod-1.svc-1.shop.\n"
    [said] = dig.replies(MISSING.rstrip() + "\n" + srv)
    assert said.records == (Record("_http._tcp.svc-1.shop", "SRV", "0 100 9000 pod-1.svc-1.shop"),)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (FOUND, Outcome.ANSWERED),
        (MISSING, Outcome.NAME_NOT_FOUND),
        (MISSING.replace("NXDOMAIN", "NOERROR"), Outcome.NAME_NOT_FOUND),
        (MISSING.replace("NXDOMAIN", "SERVFAIL"), Outcome.UNREACHABLE),
        (SILENT.format("timed out"), Outcome.TIMED_OUT),
        (SILENT.format("connection refused"), Outcome.REFUSED),
    ],
)
def test_each_lookup_has_an_outcome(answer: str, outcome: Outcome) -> None:
    pod = Pod(answer=answer)
    assert [reply.observation.outcome for reply in pod.lookup().ask(2).replies] == [outcome] * 2
    assert [one.outcome for one in pod.seen] == [outcome] * 2


def test_a_lookup_that_is_not_told_of_breaks_the_check() -> None:
    with pytest.raises(CheckBroken, match="2 lookups were made"):
        Pod(answer="Invalid option").lookup().ask(2)


def test_a_pod_without_dig_breaks_the_check() -> None:
    answer = httpx.Response(200, json={"error": "exit status 127", "output": "dig: not found"})
    shell = Shell("a Pod", lambda page, query: answer)
    with pytest.raises(CheckBroken, match="a Pod cannot run dig"):
        DnsLookup(shell, "svc-1", "A", 1.0, lambda _: None).ask(1)


def test_the_wanted_values_have_to_be_all_there_are() -> None:
    judge, pod = Judge(BUDGETS), Pod(answer=FOUND)
    told(judge, pod.lookup(), values("it", "A", frozenset({"10.96.0.7"})))
    for wanted in ({"10.96.0.8"}, {"10.96.0.7", "10.96.0.8"}, set[str]()):
        with pytest.raises(NotConverged, match=r"A 10\.96\.0\.7"):
            told(judge, pod.lookup(), values("it", "A", frozenset(wanted)))


def test_nothing_needs_a_control_that_is_answered() -> None:
    judge = Judge(BUDGETS)
    told(judge, Pod(answer=MISSING, control=FOUND, file=CONF).lookup(), nothing("no address"))
    with pytest.raises(CheckBroken, match="the positive control fails"):
        told(judge, Pod(answer=MISSING, control=MISSING, file=CONF).lookup(), nothing("no address"))
    with pytest.raises(NotConverged):
        told(judge, Pod(answer=FOUND, control=FOUND, file=CONF).lookup(), nothing("no address"))


def test_a_server_that_does_not_answer_is_no_missing_name() -> None:
    pod = Pod(answer=SILENT.format("timed out"), control=FOUND, file=CONF)
    with pytest.raises(NotConverged):
        told(Judge(BUDGETS), pod.lookup(), nothing("no address"))


def test_silence_is_no_answer_of_any_kind() -> None:
    told(Judge(SILENCE), Pod(answer=SILENT.format("timed out")).lookup(), silence())
    for answer in (FOUND, MISSING, MISSING.replace("NXDOMAIN", "SERVFAIL")):
        with pytest.raises(NotConverged, match="is answered by nobody"):
            told(Judge(SILENCE), Pod(answer=answer).lookup(), silence())


def test_the_zone_is_in_the_search_list() -> None:
    shell = Shell("a Pod", Pod(file=CONF))
    assert zone_of(shell) == "cluster.local"
    assert resolv_conf(shell)[1] == ["nameserver", "10.96.0.10"]
    with pytest.raises(PromiseBroken):
        zone_of(Shell("a Pod", Pod(file="nameserver 10.96.0.10\n")))


@pytest.mark.parametrize(
    ("name", "outcome"), [("host-1", Outcome.ANSWERED), ("host-2", Outcome.NAME_NOT_FOUND)]
)
def test_names_are_found_in_hosts(name: str, outcome: Outcome) -> None:
    shell = Shell("a Pod", Pod(file="# managed\n10.244.1.2\thost-1.sub host-1\n"))
    (reply,) = HostsLookup(shell, name, lambda _: None).ask(5).replies
    assert reply.observation.outcome is outcome
    assert reply.values("A") == ({"10.244.1.2"} if outcome is Outcome.ANSWERED else frozenset())
