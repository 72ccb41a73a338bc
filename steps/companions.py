"""Companions: the objects that stand beside a Service, made by hand or by a controller."""

import re

from pytest_bdd import given, parsers, then, when

from kubeproof.cluster import particulars
from kubeproof.cluster.companions import KINDS, Companions
from kubeproof.cluster.verbs import VERBS, try_out
from kubeproof.cluster.workload import Attempt

KIND = "|".join(kind for kind in KINDS if kind != "Service")  # Services have steps of their own
VERB = "|".join(sorted(VERBS, key=len, reverse=True))
PARTICULAR = "|".join(rf"{one}(?: \S+)?" for one in particulars.PARTICULARS)
SAYING = "|".join(particulars.SAYINGS)


@given(parsers.re(rf'(?P<kind>{KIND}) "(?P<name>[^"]+)"'))
def object_exists(companions: Companions, kind: str, name: str) -> None:
    """The object of that name from the feature's manifest has been created."""
    companions.create(kind, name)


@when(parsers.re(rf'(?P<kind>{KIND}) "(?P<name>[^"]+)" is created'), target_fixture="attempt")
def object_is_created(companions: Companions, attempt: Attempt, kind: str, name: str) -> Attempt:
    """The API server is asked to create it; it may refuse. "It" stays the Service."""
    return companions.attempt(kind, name, attempt)


@when(
    parsers.parse('the range of ServiceCIDR "{name}" is changed to "{cidr}"'),
    target_fixture="attempt",
)
def range_is_changed(companions: Companions, attempt: Attempt, name: str, cidr: str) -> Attempt:
    """The API server is asked for another range; it may refuse. "It" stays the Service."""
    return companions.change_range(name, cidr, attempt)


@when(parsers.re(rf'(?P<kind>{KIND}) "(?P<name>[^"]+)" is deleted'))
def object_is_deleted(companions: Companions, kind: str, name: str) -> None:
    """Its deletion is asked for; a finalizer may hold it."""
    companions.delete(kind, name)


@then(parsers.re(rf'its (?P<kind>{KIND}) has (?P<particular>{PARTICULAR}) "(?P<value>[^"]*)"'))
def service_s_objects_have(
    companions: Companions, attempt: Attempt, kind: str, particular: str, value: str
) -> None:
    """Every such object of the Service has it, and there is at least one."""
    particulars.have(companions, kind, attempt.service, particular, value)


@then(
    parsers.re(
        rf'(?P<kind>Service|{KIND}) "(?P<name>[^"]+)" has '
        rf'(?P<particular>{PARTICULAR}) "(?P<value>[^"]*)"'
    )
)
def object_has(companions: Companions, kind: str, name: str, particular: str, value: str) -> None:
    """The object of that name has it, sooner or later."""
    particulars.has(companions, kind, name, particular, value)


@then(
    parsers.re(
        rf'(?P<kind>Service|{KIND}) "(?P<name>[^"]+)" has no '
        rf'(?P<particular>{PARTICULAR}) "(?P<value>[^"]*)"'
    )
)
def object_lacks(companions: Companions, kind: str, name: str, particular: str, value: str) -> None:
    """The object of that name does not have it, or loses it sooner or later."""
    particulars.lacks(companions, kind, name, particular, value)


@then(parsers.re(rf'(?:it|Service "(?P<name>[^"]+)") has no (?P<kind>{KIND})'))
def service_has_none(companions: Companions, attempt: Attempt, name: str | None, kind: str) -> None:
    """No such object is the Service's, and none appears while one looks."""
    service = companions.workload.first_seen[name] if name else attempt.service
    particulars.has_none(companions, kind, service)


@then(parsers.re(rf'the endpoint of Pod "(?P<pod>[^"]+)" (?P<saying>{SAYING})'))
def endpoint_says(companions: Companions, attempt: Attempt, pod: str, saying: str) -> None:
    """The Service's EndpointSlices say of the Pod what is so."""
    particulars.endpoint_says(companions, attempt.service, pod, saying)


@then(
    parsers.re(
        rf'(?P<kind>Service|{KIND}) "(?P<name>[^"]+)" can be '
        rf"(?P<verbs>(?:{VERB})(?:(?:, | and )(?:{VERB}))*)"
    )
)
def object_can_be(companions: Companions, kind: str, name: str, verbs: str) -> None:
    """Each verb of the API is tried on the object, and its effect seen."""
    try_out(companions.subject(kind, name), re.findall(VERB, verbs))
