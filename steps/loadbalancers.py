"""Load balancers: the external IP of a Service."""

from pytest_bdd import given, parsers, then

from kubeproof.cluster import promises
from kubeproof.cluster.workload import Attempt, Workload


@given(parsers.parse('Service "{name}" with an external IP'), target_fixture="attempt")
def service_with_external_ip(workload: Workload, name: str) -> Attempt:
    """The Service exists and the load balancer has given it an address."""
    created = workload.create_service(name).service
    return Attempt(name, workload.await_external_address(created.name))


@then("it receives an external IP")
def receives_external_ip(workload: Workload, attempt: Attempt) -> None:
    """An address appears in the Service's status."""
    workload.await_external_address(attempt.service.name)


@then("its external IP stays pending")
def external_ip_stays_pending(workload: Workload, attempt: Attempt) -> None:
    """No address appears in the Service's status."""
    promises.external_ip_stays_pending(workload, attempt.service)
