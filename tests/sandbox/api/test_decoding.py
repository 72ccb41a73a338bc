import time

import pytest

from kubeproof.sandbox.api.resources import BY_PLURAL
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import pod, service

SERVICES, PODS = BY_PLURAL["services"], BY_PLURAL["pods"]


def refused(schema: Schema, body: Object, resource: str = "services") -> str:
    with pytest.raises(ApiError) as raised:
        schema.decode(BY_PLURAL[resource], body, Writer())
    assert raised.value.code == 400
    return raised.value.message


GO = 'Service in version "v1" cannot be handled as a Service: '
STRUCT = "into Go struct field "


WRONG_TYPES: list[tuple[Object, str]] = [
    ({"type": 1}, f"number {STRUCT}ServiceSpec.spec.type of type v1.ServiceType"),
    ({"ports": "x"}, f"string {STRUCT}ServiceSpec.spec.ports of type []v1.ServicePort"),
    ({"ports": ["x"]}, f"string {STRUCT}ServiceSpec.spec.ports of type v1.ServicePort"),
    (
        {"ports": [{"port": "http"}]},
        f"string {STRUCT}ServicePort.spec.ports.port of type int32",
    ),
    (
        {"ports": [{"port": 1.5}]},
        f"number 1.5 {STRUCT}ServicePort.spec.ports.port of type int32",
    ),
    (
        {"ports": [{"port": 1 << 31}]},
        f"number 2147483648 {STRUCT}ServicePort.spec.ports.port of type int32",
    ),
    (
        {"ports": [{"port": 1, "targetPort": True}]},
        f"bool {STRUCT}ServicePort.spec.ports.targetPort of type int32",
    ),
    ({"selector": {"a": 1}}, f"number {STRUCT}ServiceSpec.spec.selector of type string"),
    ({"selector": []}, f"array {STRUCT}ServiceSpec.spec.selector of type map[string]string"),
    ({"clusterIPs": [{}]}, f"object {STRUCT}ServiceSpec.spec.clusterIPs of type string"),
    (
        {"publishNotReadyAddresses": "yes"},
        f"string {STRUCT}ServiceSpec.spec.publishNotReadyAddresses of type bool",
    ),
]


@pytest.mark.parametrize(("spec", "why"), WRONG_TYPES)
def test_wrong_types_are_refused_in_the_words_of_gos_decoder(
    schema: Schema, spec: Object, why: str
) -> None:
    assert refused(schema, {"spec": spec}) == f"{GO}json: cannot unmarshal {why}"


def test_a_body_of_another_kind_is_refused(schema: Schema) -> None:
    body: Object = {"kind": "Pod", "apiVersion": "v1"}
    why = "converting (v1.Pod) to (core.Service): unknown conversion"
    assert refused(schema, body) == (f'Pod in version "v1" cannot be handled as a Service: {why}')
    body = {"kind": "Gadget", "apiVersion": "v1"}
    assert 'no kind "Gadget" is registered for version "v1" in scheme' in refused(schema, body)


def test_values_that_do_not_parse_are_refused(schema: Schema) -> None:
    time_wrong = {"metadata": {"creationTimestamp": "yesterday"}}
    assert refused(schema, time_wrong).endswith('cannot parse "yesterday" as "2006"')
    bytes_wrong = {"metadata": {"name": "s"}, "data": {"k": "a*b="}}
    assert refused(schema, bytes_wrong, "secrets").endswith("illegal base64 data at input byte 1")
    limits = {"limits": {"cpu": "much"}}
    amount = pod(containers=[{"name": "c", "resources": limits}])
    assert "quantities must match the regular expression" in refused(schema, amount, "pods")


def test_unknown_fields_are_errors_warnings_or_nothing(schema: Schema) -> None:
    body = service(ports=[{"port": 80, "prot": "TCP"}], selectr={"a": "b"})
    text = ['unknown field "spec.ports[0].prot"', 'unknown field "spec.selectr"']
    silent, loud = Writer(field_validation="Ignore"), Writer(field_validation="Warn")
    for writer in (silent, loud):
        obj = schema.decode(SERVICES, body, writer)
        assert obj["spec"] == {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    assert silent.warnings == []
    assert loud.warnings == text
    with pytest.raises(ApiError) as raised:
        schema.decode(SERVICES, body, Writer(field_validation="Strict"))
    assert raised.value.message == f"{GO}strict decoding error: {', '.join(text)}"


def test_what_go_leaves_out_is_left_out(schema: Schema) -> None:
    spec: Object = {
        "clusterIP": "",
        "selector": {},
        "externalIPs": None,
        "publishNotReadyAddresses": False,
        "ports": [{"port": 80, "nodePort": 0, "name": ""}],
        "loadBalancerClass": "",
        "allocateLoadBalancerNodePorts": False,
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}},
    }
    decoded = schema.decode(SERVICES, service(**spec) | {"status": {}}, Writer())
    assert decoded["spec"] == {
        "ports": [{"port": 80}],
        "loadBalancerClass": "",
        "allocateLoadBalancerNodePorts": False,
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}},
    }


def test_what_go_writes_unasked_is_written(schema: Schema) -> None:
    assert schema.decode(SERVICES, {"metadata": {"name": "a"}}, Writer()) == {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {"name": "a"},
        "spec": {},
        "status": {"loadBalancer": {}},
    }
    status: Object = {"conditions": [{"type": "Ready", "status": "True"}]}
    decoded = schema.decode(PODS, pod() | {"status": status}, Writer())
    assert decoded["status"]["conditions"] == [
        {"type": "Ready", "status": "True", "lastProbeTime": None, "lastTransitionTime": None}
    ]
    assert decoded["spec"]["containers"][0]["resources"] == {}


def test_times_are_stored_in_utc_and_whole_seconds(schema: Schema) -> None:
    def stored(time_given: str) -> str:
        body: Object = {"metadata": {"creationTimestamp": time_given}}
        return schema.decode(SERVICES, body, Writer())["metadata"]["creationTimestamp"]

    assert stored("2026-11-22T10:00:00+02:00") == "2026-11-22T08:00:00Z"
    assert stored("2026-11-22T10:00:00.75Z") == "2026-11-22T10:00:00Z"


def test_the_body_stays_the_callers(schema: Schema) -> None:
    body = service()
    decoded = schema.decode(SERVICES, body, Writer())
    decoded["spec"]["ports"][0]["port"] = 81
    decoded["spec"]["selector"]["app"] = "other"
    assert body == service()


def test_loading_the_schema_takes_milliseconds() -> None:
    best = min(_seconds_to_load() for _ in range(5))
    assert best < 0.02


def _seconds_to_load() -> float:
    started = time.perf_counter()
    Schema.load().kind(SERVICES)
    return time.perf_counter() - started
