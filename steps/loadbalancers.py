"""Load balancers: the external IP of a Service."""

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster import balancer_status, promises
from kubeproof.cluster.workload import Attempt, Workload


@given(parsers.parse('Service "{name}" with an external IP'), target_fixture="attempt")
def service_with_external_ip(workload: Workload, name: str) -> Attempt:
    """The Service exists and the load balancer has given it an address."""
    created = workload.require_service(name)
    return Attempt(name, workload.await_external_address(created.name))


@when(
    parsers.parse('its load balancer reports the external IP "{address}" with ipMode "{mode}"'),
    target_fixture="attempt",
)
def balancer_reports(workload: Workload, attempt: Attempt, address: str, mode: str) -> Attempt:
    """The status says so, as a load balancer would have written it."""
    return balancer_status.report(workload, attempt.service.name, address, mode)


@then("it receives an external IP")
def receives_external_ip(workload: Workload, attempt: Attempt) -> None:
    """An address appears in the Service's status."""
    workload.await_external_address(attempt.service.name)


@then("its external IP stays pending")
def external_ip_stays_pending(workload: Workload, attempt: Attempt) -> None:
    """No address appears in the Service's status."""
    promises.external_ip_stays_pending(workload, attempt.service)
