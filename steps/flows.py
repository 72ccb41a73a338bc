"""Clients that go on: over one flow or one connection, or by connecting all the while."""

import secrets

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.asking import Asking
from kubeproof.plugin.patterns import PODS, quoted
from kubeproof.probing import Question
from kubeproof.probing.fixed_port import PORTS, from_port
from kubeproof.probing.verdict import Judge

from .phrases import CLIENT, DOOR, Door, client_of


@given(
    parsers.re(rf"(?P<client>{CLIENT}) goes on asking (?P<door>{DOOR}) from one source port"),
    target_fixture="question",
)
def client_goes_on(
    asking: Asking, judge: Judge, workload: Workload, attempt: Attempt, client: str, door: str
) -> Question:
    """It sends one datagram after the other; those Pods that are ready by now have answered it."""
    fixed = from_port(client_of(client, asking), secrets.choice(PORTS))
    question = asking.going_on(fixed, Door(door), attempt)
    if ready := workload.backend_names(attempt.service):
        judge.answered_by(question, ready)
    return question


@given(
    parsers.re(rf"(?P<client>{CLIENT}) keeps connecting to (?P<door>{DOOR})"),
    target_fixture="question",
)
def client_keeps_connecting(
    asking: Asking, judge: Judge, workload: Workload, attempt: Attempt, client: str, door: str
) -> Question:
    """Once it is answered there, it opens one connection after the other; each of them counts."""
    vantage = client_of(client, asking)
    once = asking.question(vantage, Door(door), attempt)
    judge.answered_by(once, workload.backend_names(attempt.service))
    return asking.going_on(vantage, Door(door), attempt)


@given(
    parsers.re(rf"(?P<client>{CLIENT}) keeps a connection to (?P<door>{DOOR}) open"),
    target_fixture="question",
)
@when(
    parsers.re(rf"(?P<client>{CLIENT}) keeps a connection to (?P<door>{DOOR}) open"),
    target_fixture="question",
)
def client_keeps_a_connection(
    asking: Asking, judge: Judge, workload: Workload, attempt: Attempt, client: str, door: str
) -> Question:
    """Once it is answered there, it opens one connection, and goes on asking over it."""
    vantage = client_of(client, asking)
    once = asking.question(vantage, Door(door), attempt)
    judge.answered_by(once, workload.backend_names(attempt.service))
    kept = asking.over_one(vantage, Door(door), attempt)
    judge.answered_by(kept, workload.backend_names(attempt.service))
    return kept


@then(
    parsers.re(
        rf"new connections are answered by (?P<pods>{PODS}), "
        "and the kept one by the Pod that it began with"
    )
)
def kept_one_stays(asking: Asking, judge: Judge, question: Question, pods: str) -> None:
    """New ones by each of these; all that the client asks over the other by the Pod that was."""
    judge.shared_by(asking.anew(), quoted(pods))
    judge.stayed_with(question, asking.answered_first())


@then("no connection was lost")
def no_connection_was_lost(
    asking: Asking, judge: Judge, workload: Workload, attempt: Attempt, question: Question
) -> None:
    """Every connection since the client began was answered, by the old Pods or by the new ones."""
    successors = workload.backend_names(attempt.service)
    judge.answered_by(question, successors)
    judge.none_lost(asking.everything_asked(), successors)
