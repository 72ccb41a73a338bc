"""Services: creating them, and what the API says of them."""

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster import promises
from kubeproof.cluster.changes import CHANGES, MARKS
from kubeproof.cluster.node_ports import NodePortRange
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.plugin.patterns import quoted

SERVICES = r'Services? "[^"]+"(?: and "[^"]+")*'
CHANGED = "|".join((*CHANGES, *(rf"{mark} \S+" for mark in MARKS)))
FIELD = "|".join(promises.FIELDS)
KEPT = "|".join(promises.KEPT)
UPPER_PARTS = "|".join(promises.UPPER_PARTS)


@given(parsers.re(rf"(?P<services>{SERVICES})"), target_fixture="attempt")
@given(
    parsers.re(rf"(?P<services>{SERVICES}), whose load balancer class nobody serves"),
    target_fixture="attempt",
)
def services_exist(workload: Workload, services: str) -> Attempt:
    """Services of the feature's manifest have been created; the last one is spoken of next."""
    *_, last = [workload.require_service(name) for name in quoted(services)]
    return Attempt(last.name, last)


@given("the API server's own Service", target_fixture="attempt")
def service_of_api_server(workload: Workload) -> Attempt:
    """The Service called kubernetes, which every cluster has in its namespace default."""
    return workload.of_api_server()


@when(parsers.re(r'Service "(?P<name>[^"]*)" is created'), target_fixture="attempt")
def service_is_created(workload: Workload, name: str) -> Attempt:
    """The API server is asked to create the Service; it may refuse."""
    return workload.create_service(name)


@when(
    parsers.parse('Service "{name}" is created with the ClusterIP of Service "{other}"'),
    target_fixture="attempt",
)
def service_is_created_with(workload: Workload, name: str, other: str) -> Attempt:
    """The Service asks for the ClusterIP which another one has, or had."""
    return workload.create_service(name, workload.first_seen[other].cluster_ip)


@when(
    parsers.re(
        rf'its (?P<field>{CHANGED}) (?:is|are) changed to "(?P<value>[^"]*)"'
        rf'(?: and its (?P<other>{CHANGED}) to "(?P<more>[^"]*)")?'
    ),
    target_fixture="attempt",
)
def field_is_changed(
    workload: Workload,
    node_ports: NodePortRange,
    attempt: Attempt,
    field: str,
    value: str,
    other: str | None,
    more: str,
) -> Attempt:
    """One or two fields of the Service get other values, at once; the API server may refuse."""
    changes = {field: value} | ({other: more} if other else {})
    here = {name: node_ports.worded(name, wanted) for name, wanted in changes.items()}
    return workload.change_service(attempt.name, here)


@when(parsers.parse('Service "{name}" is replaced by its manifest'), target_fixture="attempt")
def service_is_replaced(workload: Workload, name: str) -> Attempt:
    """As kubectl replace does: the API server gets the object as it was first written."""
    return workload.replace_service(name)


@when(parsers.parse('Service "{name}" is deleted'))
def service_is_deleted(workload: Workload, name: str) -> None:
    """The Service is deleted, and gone from the API."""
    workload.delete_service(name)


@then(parsers.re(rf'its (?P<field>{FIELD}) is "(?P<value>.*)"'))
def field_is(node_ports: NodePortRange, attempt: Attempt, field: str, value: str) -> None:
    """A field of the Service, as the API server stored it."""
    promises.field_is(attempt.service, field, node_ports.worded(field, value))


@then(parsers.re(rf"it has no (?P<field>{FIELD})"))
def field_is_not_set(attempt: Attempt, field: str) -> None:
    """A field of the Service is not set in what the API server stored."""
    promises.has_no(attempt.service, field)


@then("it has a ClusterIP of its own from the Service range")
def own_cluster_ip(workload: Workload, attempt: Attempt) -> None:
    """The ClusterIP lies in the cluster's Service range and no other Service has it."""
    promises.own_cluster_ip(workload.api, attempt.service)


@then(parsers.parse('it has the ClusterIP of Service "{other}"'))
def cluster_ip_of(workload: Workload, attempt: Attempt, other: str) -> None:
    """The Service has the ClusterIP which another one has, or had."""
    promises.has_cluster_ip_of(attempt.service, workload.first_seen[other])


@then(parsers.re(rf"its (?P<what>{UPPER_PARTS}) comes from the upper part of its range"))
def from_upper_part(workload: Workload, attempt: Attempt, what: str) -> None:
    """The choice left the numbers alone that people choose from."""
    promises.from_upper_part(workload, attempt.service, what)


@then("no Pod and no node has that address")
def address_of_nothing_else(workload: Workload, attempt: Attempt) -> None:
    """The ClusterIP is the address of nothing that is."""
    promises.address_of_nothing_else(workload.api, attempt.service)


@then(
    parsers.re(r"its (?P<field>node port|healthCheckNodePort) is in the cluster's node port range")
)
def node_port_in_range(workload: Workload, attempt: Attempt, field: str) -> None:
    """The port lies in the range that the API server itself names."""
    promises.node_port_in_range(workload, attempt.service, field)


@then(parsers.parse('it is refused at "{field}" because "{reason}"'))
def refused(attempt: Attempt, field: str, reason: str) -> None:
    """The API server refused the Service as invalid, for this field and this reason."""
    promises.refused(attempt, field, reason)


@then(
    parsers.re(
        rf'Service "(?P<name>[^"]*)" has kept its (?P<what>{KEPT})(?: and its (?P<more>{KEPT}))?'
    )
)
def has_kept(workload: Workload, name: str, what: str, more: str | None) -> None:
    """What the Service had when the scenario first saw it, it still has."""
    kept = [one for one in (what, more) if one]
    promises.has_kept(workload.first_seen[name], workload.present(name), kept)
