"""Faults by name: misspelt ones are refused, and those of the API show in what it answers."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

import kubeproof.sandbox
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.sandbox.errors import UnknownFault
from kubeproof.sandbox.fault_names import FAULTS
from kubeproof.sandbox.objects import Object
from tests.sandbox.rest import Answer, Rest

SERVICES = "/api/v1/namespaces/faults/services"
ASKED = re.compile(
    r"""(?:active|_hits)\((?:obj,\s)?"([a-z-]+)" |
        "([a-z-]+)"\s(?:not\s)?in\s(?:faults|active|self) |
        stopped_by[^=\n]*=\s"([a-z-]+)" |
        has\("([a-z-]+)"\)""",
    re.VERBOSE,
)


@pytest.fixture
def services(sandbox: Sandbox, rest: Rest) -> Generator[Rest]:
    """A namespace for the test's Services; faults are off again afterwards."""
    if not rest.ask("GET", "/api/v1/namespaces/faults").ok:
        rest.post("/api/v1/namespaces", {"metadata": {"name": "faults"}})
    yield rest
    sandbox.set_faults([])
    for service in rest.get(SERVICES)["items"]:
        rest.delete(f"{SERVICES}/{service['metadata']['name']}")


def created(rest: Rest, **spec: object) -> Answer:
    body = {"metadata": {"generateName": "s-"}, "spec": {"ports": [{"port": 80}], **spec}}
    return rest.ask("POST", SERVICES, body)


def node_port(number: int) -> Object:
    return {"type": "NodePort", "ports": [{"port": 80, "nodePort": number}]}


def test_every_fault_that_is_asked_for_has_a_name() -> None:
    sources = Path(kubeproof.sandbox.__file__).parent.rglob("*.py")
    asked = (match for path in sources for match in ASKED.findall(path.read_text()))
    found = {name for match in asked for name in match}
    assert len(found) > 40
    assert found - {""} <= FAULTS.keys()


def test_misspelt_fault_is_refused_and_nothing_is_switched(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownFault, match=r"no fault is called no-rejects; .*no-reject"):
        sandbox.set_faults(["no-masquerade", "no-rejects"])
    with pytest.raises(UnknownFault, match="the cluster has no node called k8s-node7"):
        sandbox.set_faults(["no-reject@k8s-node7"])
    assert " masquerade fully-random" in sandbox.rules("k8s-node1")
    with pytest.raises(UnknownFault):
        Sandbox.start(Options(faults=("nothing",)))


@pytest.mark.parametrize(
    ("fault", "asked", "field", "value"),
    [
        ("service-type-defaults-to-node-port", {}, "type", "NodePort"),
        ("affinity-by-default", {}, "sessionAffinity", "ClientIP"),
        ("internal-policy-defaults-to-local", {}, "internalTrafficPolicy", "Local"),
        (
            "external-policy-defaults-to-local",
            {"type": "NodePort"},
            "externalTrafficPolicy",
            "Local",
        ),
    ],
)
def test_wrong_default(
    sandbox: Sandbox, services: Rest, fault: str, asked: Object, field: str, value: str
) -> None:
    right = created(services, **asked).body["spec"][field]
    sandbox.set_faults([fault])
    assert created(services, **asked).body["spec"][field] == value != right


def test_target_port_defaults_to_another(sandbox: Sandbox, services: Rest) -> None:
    sandbox.set_faults(["target-port-defaults-wrong"])
    [port] = created(services).body["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, 81)


def test_addresses_and_ports_from_outside_their_ranges(sandbox: Sandbox, services: Rest) -> None:
    sandbox.set_faults(["cluster-ip-outside-range", "node-port-outside-range"])
    spec = created(services, type="NodePort").body["spec"]
    assert spec["clusterIP"].startswith("10.97.")
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert not 30000 <= spec["ports"][0]["nodePort"] <= 32767


def test_wishes_are_not_granted(sandbox: Sandbox, services: Rest) -> None:
    sandbox.set_faults(["requested-cluster-ip-ignored", "requested-node-port-ignored"])
    spec = created(services, clusterIP="10.96.44.44", **node_port(30044)).body["spec"]
    assert spec["clusterIP"] != "10.96.44.44"
    assert spec["ports"][0]["nodePort"] != 30044


@pytest.mark.parametrize(
    ("fault", "number"), [("node-port-range-ignored", 80), ("node-port-conflict-granted", 30055)]
)
def test_node_port_is_granted_wrongly(
    sandbox: Sandbox, services: Rest, fault: str, number: int
) -> None:
    assert created(services, **node_port(30055)).ok
    assert created(services, **node_port(number)).status == 422
    sandbox.set_faults([fault])
    granted = created(services, **node_port(number))
    assert granted.body["spec"]["ports"][0]["nodePort"] == number


def test_services_are_not_checked(sandbox: Sandbox, services: Rest) -> None:
    wrong = {"sessionAffinity": "Sometimes"}
    assert created(services, **wrong).status == 422
    sandbox.set_faults(["service-validation-off"])
    assert created(services, **wrong).ok


def test_address_that_nobody_serves(sandbox: Sandbox, services: Rest) -> None:
    sandbox.set_faults(["external-ip-made-up", "load-balancer-controller-stopped"])
    made = created(services, type="LoadBalancer").body
    assert made["status"]["loadBalancer"]["ingress"][0]["ip"] == "192.0.2.1"
