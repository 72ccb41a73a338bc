"""Connections: who dials what, and who answers."""

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.asking import Asking
from kubeproof.plugin.patterns import PODS, quoted
from kubeproof.probing import Outcome, Question
from kubeproof.probing.large import with_large_messages
from kubeproof.probing.verdict import Judge

from .phrases import CLIENT, DOOR, HEALTH, ORDINAL, Door, client_of, nth


@given(
    parsers.re(rf"(?P<client>{CLIENT}) is answered at (?P<door>{DOOR})"), target_fixture="control"
)
def client_is_answered(
    asking: Asking, judge: Judge, workload: Workload, attempt: Attempt, client: str, door: str
) -> Question:
    """The positive control: this client is answered at that door."""
    there = Door(door)
    control = asking.question(client_of(client, asking), there, attempt)
    service = workload.present(there.service or attempt.service.name)
    judge.answered_by(control, workload.backend_names(service))
    return control


@when(parsers.re(rf"(?P<client>{CLIENT}) connects to (?P<door>{DOOR})"), target_fixture="question")
def client_connects(asking: Asking, attempt: Attempt, client: str, door: str) -> Question:
    """A question: who answers this client there? It is asked by the Then that follows."""
    return asking.question(client_of(client, asking), Door(door), attempt)


@when(
    parsers.re(
        rf"(?P<client>{CLIENT}) exchanges messages larger than a packet with (?P<door>{DOOR})"
    ),
    target_fixture="question",
)
def client_exchanges_large_messages(
    asking: Asking, attempt: Attempt, client: str, door: str
) -> Question:
    """As above, with requests and answers that are larger than any packet."""
    return asking.question(with_large_messages(client_of(client, asking)), Door(door), attempt)


@then(parsers.re(rf"(?P<pods>{PODS}) answers"))
def pods_answer(judge: Judge, question: Question, pods: str) -> None:
    """Every connection is answered by this Pod."""
    judge.answered_by(question, quoted(pods))


@then("every Pod of the Service answers some of the connections")
def every_pod_answers(
    judge: Judge, workload: Workload, attempt: Attempt, question: Question
) -> None:
    """Each Pod of the Service is seen to answer, and nothing else does."""
    judge.shared_by(question, workload.backend_names(attempt.service))


@then("one Pod of the Service answers every connection")
def one_pod_answers(judge: Judge, workload: Workload, attempt: Attempt, question: Question) -> None:
    """All connections end at one and the same Pod, whichever it is."""
    judge.one_answers(question, workload.backend_names(attempt.service))


@then("another Pod answers once the client has stayed away for the timeout")
def another_pod_answers(
    judge: Judge, workload: Workload, attempt: Attempt, question: Question
) -> None:
    """After the affinity's timeout without a connection the client is not bound any more."""
    service = workload.present(attempt.service.name)
    judge.let_go(question, workload.backend_names(service), service.affinity_timeout)


@then(parsers.re(rf"only the Pods on the (?P<where>{ORDINAL}) node answer"))
def only_pods_there_answer(
    asking: Asking,
    judge: Judge,
    workload: Workload,
    attempt: Attempt,
    question: Question,
    where: str,
) -> None:
    """Each Pod of the Service on that node answers, and none of its Pods elsewhere."""
    here, elsewhere = workload.split_by_node(attempt.service, nth(where, asking.nodes))
    judge.kept_to(question, here, elsewhere)


@then("the Pod that answers sees the client's own address")
def own_address_is_seen(
    judge: Judge, workload: Workload, attempt: Attempt, question: Question
) -> None:
    """The connection reaches the Pod with the address of the client that opened it."""
    judge.seen_as_itself(question, workload.backend_names(attempt.service))


@then("every connection is refused at once")
def every_connection_is_refused(judge: Judge, question: Question) -> None:
    """Whoever connects is told so, and does not wait for a time-out."""
    judge.refused(question)


@then(parsers.re(rf'the health check answers "(?P<answer>{"|".join(HEALTH)})"'))
def health_check_answers(judge: Judge, question: Question, answer: str) -> None:
    """Every node that is asked says for itself that it has ready Pods of the Service, or none."""
    judge.told(question, HEALTH[answer])


@then("the API server answers")
def api_server_answers(judge: Judge, question: Question) -> None:
    """Every connection ends at the cluster's API server, which its certificate shows it to be."""
    judge.told(question, Outcome.SERVED)


@then("no connection is answered")
def nothing_answers(
    judge: Judge, workload: Workload, question: Question, control: Question
) -> None:
    """No try is answered, while the same client is answered at the control's door."""
    judge.unanswered(question, control, workload.ready_names())


@then(
    parsers.re(
        rf"(?P<client>{CLIENT}) that connects to (?P<door>{DOOR}) is answered by (?P<pods>{PODS})"
    ),
    target_fixture="control",
)
def client_is_answered_by(
    asking: Asking, judge: Judge, attempt: Attempt, client: str, door: str, pods: str
) -> Question:
    """This client is answered there by each of these Pods and by no other: a control, too."""
    question = asking.question(client_of(client, asking), Door(door), attempt)
    judge.shared_by(question, quoted(pods))
    return question
