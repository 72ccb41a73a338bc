"""Pods: where they run, and what happens to them."""

from collections.abc import Sequence

from pytest_bdd import given, parsers, when

from kubeproof.cluster import pod_life, promises
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.model import Node
from kubeproof.plugin.patterns import PODS, quoted

from .phrases import ORDINAL, nth


@given(parsers.re(rf"(?P<pods>{PODS}) on the (?P<where>{ORDINAL}) node"))
def pods_run(workload: Workload, nodes: Sequence[Node], pods: str, where: str) -> None:
    """Pods of the feature's manifest run on that node, are Ready, and their Services know them."""
    workload.start_pods(*quoted(pods), node=nth(where, nodes))


@given(
    parsers.re(
        rf"(?P<pods>{PODS}) on the (?P<where>{ORDINAL}) node, "
        r"which listens on port (?P<port>\d+) only"
    )
)
def pods_listen(
    workload: Workload, nodes: Sequence[Node], pods: str, where: str, port: str
) -> None:
    """As above; and the Pod has no other port than this."""
    workload.start_pods(*quoted(pods), node=nth(where, nodes))
    promises.listens_only_on(workload, quoted(pods), int(port))


@given(
    parsers.re(rf"(?P<pods>{PODS}) on the (?P<where>{ORDINAL}) node, which (?:is|are) not ready")
)
def pods_are_not_ready(workload: Workload, nodes: Sequence[Node], pods: str, where: str) -> None:
    """The Pods run and their containers are ready, but their readiness gates are shut."""
    pod_life.start_unready(workload, quoted(pods), nth(where, nodes))


@when(parsers.re(rf'Pod "(?P<name>[^"]+)" (?P<change>{"|".join(pod_life.LIFE)})'))
def pod_changes(workload: Workload, name: str, change: str) -> None:
    """The Pod goes on under its name and address, and its readiness changes, or it fails."""
    pod_life.LIFE[change](workload, name)


@given(parsers.re(rf"(?P<pods>{PODS}) (?:is|are) terminating and still serving"))
@when(parsers.re(rf"(?P<pods>{PODS}) (?:is|are) terminating and still serving"))
def pods_are_terminating(workload: Workload, pods: str) -> None:
    """The Pods have been deleted and have a while to finish; they still pass their probes."""
    pod_life.terminate(workload, quoted(pods))


@when(parsers.parse('Pod "{name}" is replaced by one with another address'))
def pod_is_replaced(workload: Workload, name: str) -> None:
    """The Pod is deleted and created anew; the new one has an address of its own."""
    promises.replaced_elsewhere(workload, name)


@when("every Pod of the Service is deleted and created anew")
def pods_are_deleted_and_created(workload: Workload, attempt: Attempt) -> None:
    """For a while the Service has no Pod at all."""
    workload.recreate_pods(workload.backends(attempt.service))


@when(parsers.re(r'Pod "(?P<name>.*)" moves to the (?P<where>\w+) node'))
def pod_moves(workload: Workload, nodes: Sequence[Node], name: str, where: str) -> None:
    """The Pod is deleted and created anew on another node."""
    workload.replace_pod(name, nth(where, nodes))


@when(parsers.parse('label "{key}={value}" is put on Pod "{name}"'))
def label_is_put_on(workload: Workload, key: str, value: str, name: str) -> None:
    """The Pod gets a label."""
    workload.label(name, key, value)


@when(parsers.parse('label "{key}={value}" is taken off from Pod "{name}"'))
def label_is_taken_off(workload: Workload, key: str, value: str, name: str) -> None:
    """The Pod loses a label."""
    workload.label(name, key, None)
