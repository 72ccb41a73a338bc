"""Services: creating them, and what the API says of them."""

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster import promises
from kubeproof.cluster.workload import Attempt, Workload


@given(parsers.parse('Service "{name}"'), target_fixture="attempt")
@given(
    parsers.parse('Service "{name}", whose load balancer class nobody serves'),
    target_fixture="attempt",
)
def service_exists(workload: Workload, name: str) -> Attempt:
    """The Service of that name from the feature's manifest has been created."""
    attempt = workload.create_service(name)
    return Attempt(name, attempt.service)


@when(parsers.parse('Service "{name}" is created'), target_fixture="attempt")
def service_is_created(workload: Workload, name: str) -> Attempt:
    """The API server is asked to create the Service; it may refuse."""
    return workload.create_service(name)


@when(parsers.parse("the port of the Service is changed to {port:d}"), target_fixture="attempt")
def port_is_changed(workload: Workload, attempt: Attempt, port: int) -> Attempt:
    """The Service's own port gets another number."""
    return Attempt(attempt.name, workload.change_port(attempt.name, port))


@then(
    parsers.re(r'its (?P<field>type|externalTrafficPolicy|targetPort|node port) is "(?P<value>.*)"')
)
def field_is(attempt: Attempt, field: str, value: str) -> None:
    """A field of the Service, as the API server stored it."""
    promises.field_is(attempt.service, field, value)


@then("it has a ClusterIP of its own from the Service range")
def own_cluster_ip(workload: Workload, attempt: Attempt) -> None:
    """The ClusterIP lies in the cluster's Service range and no other Service has it."""
    promises.own_cluster_ip(workload.api, attempt.service)


@then("no Pod and no node has that address")
def address_of_nothing_else(workload: Workload, attempt: Attempt) -> None:
    """The ClusterIP is the address of nothing that is."""
    promises.address_of_nothing_else(workload.api, attempt.service)


@then("its node port is in the cluster's node port range")
def node_port_in_range(workload: Workload, attempt: Attempt) -> None:
    """The node port lies in the range that the API server itself names."""
    promises.node_port_in_range(workload, attempt.service)


@then(parsers.parse('it is refused at "{field}" because "{reason}"'))
def refused(attempt: Attempt, field: str, reason: str) -> None:
    """The API server refused the Service as invalid, for this field and this reason."""
    promises.refused(attempt, field, reason)


@then(
    parsers.re(
        r'Service "(?P<name>.*)" has kept its (?P<what>identity and its ClusterIP|external IP)'
    )
)
def has_kept(workload: Workload, name: str, what: str) -> None:
    """What the Service had when the scenario first saw it, it still has."""
    promises.has_kept(workload.first_seen[name], workload.present(name), what)
