"""From the words for a change to the merge patch that makes it."""

import pytest

from kubeproof.cluster.changes import patch_for
from kubeproof.errors import CheckBroken
from kubeproof.model import Object

PORTS = [{"name": "web", "port": 9000, "targetPort": 8080, "nodePort": 30000}]
SERVICE: Object = {"spec": {"selector": {"app": "pod", "track": "blue"}, "ports": PORTS}}


@pytest.mark.parametrize(
    ("field", "value", "patch"),
    [
        ("type", "NodePort", {"spec": {"type": "NodePort"}}),
        ("publishNotReadyAddresses", "true", {"spec": {"publishNotReadyAddresses": True}}),
        (
            "externalIPs",
            "192.0.2.1, 192.0.2.2",
            {"spec": {"externalIPs": ["192.0.2.1", "192.0.2.2"]}},
        ),
        ("externalIPs", "", {"spec": {"externalIPs": []}}),
        ("node port", "30001", {"spec": {"ports": [{**PORTS[0], "nodePort": 30001}]}}),
        ("targetPort", "web", {"spec": {"ports": [{**PORTS[0], "targetPort": "web"}]}}),
        ("selector", "track=green", {"spec": {"selector": {"app": None, "track": "green"}}}),
        ("label a/b", "c", {"metadata": {"labels": {"a/b": "c"}}}),
        ("annotation a/b", "", {"metadata": {"annotations": {"a/b": None}}}),
    ],
)
def test_a_field_and_its_patch(field: str, value: str, patch: Object) -> None:
    assert patch_for(SERVICE, {field: value}) == patch
    assert SERVICE["spec"]["ports"] == PORTS


def test_ports_are_written_as_kubectl_writes_them() -> None:
    made = patch_for(SERVICE, {"ports": "web 9000:8080, admin 9001:http"})["spec"]["ports"]
    assert [tuple(port.values()) for port in made] == [("web", 9000, 8080), ("admin", 9001, "http")]


def test_two_fields_at_once() -> None:
    made = patch_for(SERVICE, {"type": "ExternalName", "externalName": "example.com"})
    assert made == {"spec": {"type": "ExternalName", "externalName": "example.com"}}


def test_ports_without_a_name_are_refused() -> None:
    with pytest.raises(CheckBroken, match="ports are written NAME PORT:TARGET"):
        patch_for(SERVICE, {"ports": "9000:8080"})
