"""Operators: people with a kubeconfig."""

from pytest_bdd import parsers, then, when

from kubeproof.cluster.operator import Operator
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.asking import Asking
from kubeproof.probing import Outcome, Question
from kubeproof.probing.verdict import Judge

from .phrases import Door

FORWARD = "an operator connects through kubectl port-forward to"


@when(parsers.parse(FORWARD + ' Pod "{name}"'), target_fixture="question")
def forwards_to_pod(operator: Operator, workload: Workload, name: str) -> Question:
    """kubectl opens a local port that leads to the Pod's port 8080."""
    return operator.forward(workload.namespace, f"pod/{name}", 8080)


@when(parsers.parse(FORWARD + ' Service "{name}"'), target_fixture="question")
def forwards_to_service(operator: Operator, workload: Workload, name: str) -> Question:
    """kubectl opens a local port that leads to a Pod it picks from the Service."""
    service = workload.present(name)
    return operator.forward(workload.namespace, f"service/{name}", service.port.port)


@when(
    parsers.parse('an operator connects through the API server\'s proxy to Service "{name}"'),
    target_fixture="question",
)
def asks_the_api_server(operator: Operator, workload: Workload, name: str) -> Question:
    """The API server is asked at …/services/NAME:PORT/proxy/."""
    return operator.api_proxy(workload.present(name))


@when(
    parsers.parse('an operator connects through kubectl proxy to Service "{name}"'),
    target_fixture="question",
)
def asks_kubectl_proxy(operator: Operator, workload: Workload, name: str) -> Question:
    """kubectl proxy is asked on this machine at …/services/NAME:PORT/proxy/."""
    return operator.kubectl_proxy(workload.present(name))


@when(
    "an operator starts a throw-away Pod that connects to the ClusterIP", target_fixture="question"
)
def asks_from_throw_away_pod(asking: Asking, attempt: Attempt) -> Question:
    """A new Pod is started for this question only."""
    return asking.question(asking.throw_away(), Door("the ClusterIP"), attempt)


@then(parsers.parse('the API server says "{what}"'))
def api_server_declines(judge: Judge, question: Question, what: str) -> None:
    """The API server, asked to pass on a connection, says in its own words why it does not."""
    judge.told(question, Outcome.DECLINED, what)
