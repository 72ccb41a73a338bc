import base64
from typing import TypeAlias

import httpx
import pytest

from kubeproof.sandbox.api import protobuf
from kubeproof.sandbox.api.schema import Schema

Value: TypeAlias = int | str | bytes


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    text = b""
    while value > 0x7F:
        text += bytes([value & 0x7F | 0x80])
        value >>= 7
    return text + bytes([value])


def message(*fields: tuple[int, Value]) -> bytes:
    """A message of numbered fields: numbers, texts, and messages as bytes."""
    text = b""
    for number, value in fields:
        if isinstance(value, int):
            text += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            text += varint(number << 3 | 2) + varint(len(content)) + content
    return text


def body(api_version: str, kind: str, content: bytes) -> bytes:
    envelope = message((1, message((1, api_version), (2, kind))), (2, content))
    return b"k8s\x00" + envelope


METADATA = message(
    (1, "web"),
    (8, b""),
    (11, message((1, "app"), (2, "web"))),
    (11, message((1, "tier"), (2, ""))),
)


def test_a_service_is_read(schema: Schema) -> None:
    by_number = message((1, 0), (2, 8080))
    by_name = message((1, 1), (3, "http"))
    ports = [
        (1, message((1, "a"), (2, "TCP"), (3, 80), (4, by_number), (5, 0))),
        (1, message((3, 81), (4, by_name))),
    ]
    spec = message(*ports, (2, message((1, "app"), (2, "web"))), (4, "NodePort"), (13, 1), (20, 0))
    found = protobuf.read(body("v1", "Service", message((1, METADATA), (2, spec))), schema.types)
    assert found == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "web",
            "creationTimestamp": None,
            "labels": {"app": "web", "tier": ""},
        },
        "spec": {
            "ports": [
                {"name": "a", "protocol": "TCP", "port": 80, "targetPort": 8080, "nodePort": 0},
                {"port": 81, "targetPort": "http"},
            ],
            "selector": {"app": "web"},
            "type": "NodePort",
            "publishNotReadyAddresses": True,
            "allocateLoadBalancerNodePorts": False,
        },
    }


def test_special_values_are_read(schema: Schema) -> None:
    limits = message((1, message((1, "cpu"), (2, message((1, "500m"))))))
    probe = message((1, message((2, message((1, "/"), (2, message((2, 80))))))), (2, -1))
    container = message((1, "c"), (8, limits), (10, probe))
    volume = message((1, "v"), (2, message((6, message((1, "s"))))))
    time = message((1, 1795390000), (2, 5))
    content = message((1, message((8, time))), (2, message((1, volume), (2, container))))
    found = protobuf.read(body("v1", "Pod", content), schema.types)
    assert found["metadata"]["creationTimestamp"] == "2026-11-22T23:26:40Z"
    assert found["spec"]["volumes"] == [{"name": "v", "secret": {"secretName": "s"}}]
    assert found["spec"]["containers"] == [
        {
            "name": "c",
            "resources": {"limits": {"cpu": "500m"}},
            "livenessProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": -1},
        }
    ]
    secret = message((2, message((1, "k"), (2, b"\x00\xff"))))
    data = protobuf.read(body("v1", "Secret", secret), schema.types)["data"]
    assert base64.b64decode(data["k"]) == b"\x00\xff"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"kind": "Service"}', "does not start with the magic number"),
        (body("v1", "Gadget", b""), "v1 Gadget is not known"),
        (body("v1", "Service", message((2, message((99, 1))))), "field 99 of core.ServiceSpec"),
        (body("v1", "Service", b"\x12\x7f"), "cut off or malformed"),
        (body("v1", "Service", message((2, message((3, 5))))), "field 3 has the wrong wire type"),
    ],
)
def test_what_cannot_be_read_whole_is_refused(schema: Schema, text: bytes, why: str) -> None:
    with pytest.raises(protobuf.ProtobufError, match=why):
        protobuf.read(text, schema.types)


def test_the_server_reads_protobuf_and_answers_json(http: httpx.Client) -> None:
    headers = {
        "Content-Type": protobuf.MEDIA_TYPE,
        "Accept": f"{protobuf.MEDIA_TYPE},application/json",
    }
    text = body("v1", "Namespace", message((1, message((1, "other")))))
    created = http.post("/api/v1/namespaces", content=text, headers=headers)
    assert created.status_code == 201
    assert created.json()["metadata"]["name"] == "other"
    refused = http.post("/api/v1/namespaces", content=b"k8s\x00\xff", headers=headers)
    assert (refused.status_code, refused.json()["reason"]) == (415, "UnsupportedMediaType")
