"""Names: what Pods look up, what they are told, and what they know when they start."""

from pytest_bdd import parsers, then, when

from kubeproof.cluster import surroundings
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.asking import Asking
from kubeproof.plugin.naming import ANSWER, LOOKED_UP, Naming, shell_of
from kubeproof.probing.lookup import Lookup
from kubeproof.probing.told import told
from kubeproof.probing.verdict import Judge

from .phrases import CLIENT, client_of


@when(parsers.re(rf"(?P<client>{CLIENT}) looks up (?P<what>{LOOKED_UP})"), target_fixture="lookup")
def client_looks_up(
    asking: Asking, naming: Naming, attempt: Attempt | None, client: str, what: str
) -> Lookup:
    """A name that this client asks for, by the resolver that Pods have; the Then asks."""
    return naming.lookup(client_of(client, asking), what, attempt)


@then(parsers.re(rf"the answer is (?P<answer>{ANSWER})"))
def answer_is(
    judge: Judge, naming: Naming, lookup: Lookup, attempt: Attempt | None, answer: str
) -> None:
    """Every lookup is answered so, with nothing missing and nothing else."""
    told(judge, lookup, naming.wish(answer, lookup, attempt))


@then(parsers.parse('the environment of Pod "{pod}" tells of Service "{service}"'))
def environment_tells(asking: Asking, workload: Workload, pod: str, service: str) -> None:
    """The Pod has all the variables that the documentation names for a Service."""
    surroundings.tells_of(shell_of(asking.pod(pod)), workload.present(service))


@then(parsers.parse('the environment of Pod "{pod}" does not tell of Service "{service}"'))
def environment_does_not_tell(asking: Asking, workload: Workload, pod: str, service: str) -> None:
    """The Pod has no variable of this Service, although it has those of the API server's."""
    surroundings.does_not_tell_of(shell_of(asking.pod(pod)), workload.present(service))


@then(parsers.re(r'the resolv.conf of Pod "(?P<pod>[^"]+)" says (?P<only>only )?"(?P<line>[^"]+)"'))
def resolver_says(asking: Asking, naming: Naming, pod: str, only: str | None, line: str) -> None:
    """What the Pod's resolver is told in its lines that begin with that word."""
    shell = shell_of(asking.pod(pod))
    surroundings.resolver_says(shell, naming.written(line, shell), bool(only))
