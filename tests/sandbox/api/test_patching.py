import json
from typing import Any

import pytest

from kubeproof.sandbox.api import json_patch, merge_patch, patching, strategic_merge_patch
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.resources import BY_PLURAL
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import deployment, service

JSON_CASES: list[tuple[list[Object], Object]] = [
    ([{"op": "add", "path": "/a", "value": 2}], {"a": 2, "l": [1, 2]}),
    ([{"op": "add", "path": "/l/1", "value": 9}], {"a": 1, "l": [1, 9, 2]}),
    ([{"op": "add", "path": "/l/-", "value": 9}], {"a": 1, "l": [1, 2, 9]}),
    ([{"op": "add", "path": "/x~1y~0z", "value": 9}], {"a": 1, "l": [1, 2], "x/y~z": 9}),
    ([{"op": "remove", "path": "/l/0"}], {"a": 1, "l": [2]}),
    ([{"op": "replace", "path": "/l/1", "value": {}}], {"a": 1, "l": [1, {}]}),
    ([{"op": "move", "from": "/a", "path": "/b"}], {"b": 1, "l": [1, 2]}),
    ([{"op": "copy", "from": "/l", "path": "/m"}], {"a": 1, "l": [1, 2], "m": [1, 2]}),
    ([{"op": "test", "path": "/a", "value": 1}, {"op": "remove", "path": "/a"}], {"l": [1, 2]}),
]


@pytest.mark.parametrize(("operations", "expected"), JSON_CASES)
def test_json_patches_apply(operations: list[Object], expected: Object) -> None:
    document: Object = {"a": 1, "l": [1, 2]}
    assert json_patch.apply(document, operations) == expected
    assert document == {"a": 1, "l": [1, 2]}, "the document stays the caller's"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/missing"},
        {"op": "remove", "path": "/l/2"},
        {"op": "remove", "path": "/l/-1"},
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "add", "path": "/missing/deeper", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "test", "path": "/a", "value": 2},
        {"op": "move", "path": "/a"},
        {"op": "turn", "path": "/a"},
    ],
)
def test_json_patches_that_do_not_fit_are_refused(operation: Object) -> None:
    with pytest.raises(json_patch.PatchError):
        json_patch.apply({"a": 1, "l": [1, 2]}, [operation])


def test_merge_patches_replace_lists_and_remove_by_null() -> None:
    document: Object = {"a": {"b": 1, "c": 2}, "l": [1, 2], "x": 1}
    patch: Object = {"a": {"b": None, "d": {"e": None, "f": 1}}, "l": [3], "x": {"y": 1}}
    assert merge_patch.apply(document, patch) == {
        "a": {"c": 2, "d": {"f": 1}},
        "l": [3],
        "x": {"y": 1},
    }
    assert document["a"] == {"b": 1, "c": 2}


def strategic(schema: Schema, live: Object, patch: Object, resource: str = "services") -> Object:
    kind = schema.field_type(BY_PLURAL[resource])
    return strategic_merge_patch.apply(schema.types, live, patch, kind)


def ports(*numbers: int, **more: Any) -> list[Object]:
    return [{"port": number, **more} for number in numbers]


def test_strategic_patches_merge_lists_by_their_keys(schema: Schema) -> None:
    live: Object = {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81}]}}
    patch: Object = {"spec": {"ports": [{"port": 80, "targetPort": 1}, {"port": 82}]}}
    assert strategic(schema, live, patch)["spec"]["ports"] == [
        {"port": 80, "name": "a", "targetPort": 1},
        {"port": 81},
        {"port": 82},
    ]


def test_strategic_patches_delete_and_replace_by_directive(schema: Schema) -> None:
    live: Object = {"spec": {"ports": ports(80, 81), "selector": {"a": "b", "c": "d"}}}
    gone: Object = {"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}
    assert strategic(schema, live, gone)["spec"]["ports"] == ports(81)
    replaced: Object = {"spec": {"ports": [{"$patch": "replace"}, {"port": 90}]}}
    assert strategic(schema, live, replaced)["spec"]["ports"] == ports(90)
    selector: Object = {"spec": {"selector": {"$patch": "replace", "e": "f"}}}
    assert strategic(schema, live, selector)["spec"]["selector"] == {"e": "f"}
    emptied: Object = {"spec": {"selector": {"$patch": "delete"}}}
    assert strategic(schema, live, emptied)["spec"]["selector"] == {}


def test_strategic_patches_order_lists_as_asked(schema: Schema) -> None:
    live: Object = {"spec": {"ports": ports(80, 81, 82)}}
    patch: Object = {
        "spec": {
            "$setElementOrder/ports": [{"port": 83}, {"port": 82}, {"port": 80}],
            "ports": [{"port": 83}],
        }
    }
    order = [port["port"] for port in strategic(schema, live, patch)["spec"]["ports"]]
    assert order == [83, 81, 82, 80], "81 is the server's own and stays before 82"


def test_strategic_patches_treat_lists_of_values_as_sets(schema: Schema) -> None:
    live: Object = {"metadata": {"finalizers": ["a/a", "b/b"]}}
    more: Object = {"metadata": {"finalizers": ["b/b", "c/c"]}}
    assert strategic(schema, live, more)["metadata"]["finalizers"] == ["a/a", "b/b", "c/c"]
    less: Object = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/a"]}}
    assert strategic(schema, live, less)["metadata"]["finalizers"] == ["b/b"]


def test_strategic_patches_keep_only_the_keys_they_name(schema: Schema) -> None:
    live: Object = {
        "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    }
    patch: Object = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    result = strategic(schema, live, patch, "deployments")
    assert result["spec"]["strategy"] == {"type": "Recreate"}


def test_strategic_patches_replace_lists_that_have_no_keys(schema: Schema) -> None:
    live: Object = {"spec": {"externalIPs": ["192.0.2.1", "192.0.2.2"]}}
    patch: Object = {"spec": {"externalIPs": ["192.0.2.3"]}}
    assert strategic(schema, live, patch)["spec"]["externalIPs"] == ["192.0.2.3"]


def test_strategic_patches_leave_no_directive_behind(schema: Schema) -> None:
    patch: Object = {
        "spec": {
            "$setElementOrder/ports": [{"port": 80}],
            "ports": [{"port": 80, "name": None}, {"port": 81, "$patch": "delete"}],
            "selector": {"$retainKeys": ["a"], "a": "b"},
        }
    }
    assert strategic(schema, {}, patch) == {
        "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}
    }


def test_strategic_patches_need_the_merge_key(schema: Schema) -> None:
    live: Object = {"spec": {"ports": ports(80)}}
    with pytest.raises(
        strategic_merge_patch.StrategicPatchError, match="does not contain declared merge key: port"
    ):
        strategic(schema, live, {"spec": {"ports": [{"name": "a"}]}})


def patch(registry: Registry, body: Any, media_type: str, **more: Any) -> Object:
    text = json.dumps(body).encode()
    return registry.patch("services", "default", "web", text, media_type, **more)[0]


def refused(registry: Registry, body: Any, media_type: str, **more: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as raised:
        patch(registry, body, media_type, **more)
    return raised.value.code, raised.value.message


def test_patches_go_through_the_kinds_rules(registry: Registry) -> None:
    registry.create("services", "default", service())
    code, message = refused(registry, {"spec": {"ports": ports(0)}}, patching.MERGE)
    assert code == 422
    assert message.startswith('Service "web" is invalid: spec.ports[0].port: Invalid value: 0')
    result = patch(registry, {"spec": {"ports": ports(81)}}, patching.MERGE)
    assert result["spec"]["ports"] == [{"port": 81, "protocol": "TCP", "targetPort": 81}]


def test_patches_that_do_not_parse_or_fit_say_so(registry: Registry) -> None:
    registry.create("services", "default", service())
    code, message = refused(registry, {"not": "a list"}, patching.JSON)
    assert (code, message.split(":")[0]) == (400, "error decoding patch")
    unfit = [{"op": "remove", "path": "/spec/ports/7"}]
    assert refused(registry, unfit, patching.JSON) == (
        422,
        "the server rejected our request due to an error in our request",
    )
    code, message = refused(registry, {"spec": {"ports": "x"}}, patching.MERGE)
    assert code == 422
    assert message.startswith(' "" is invalid: patch: Invalid value: "{')
    assert message.endswith("ServiceSpec.spec.ports of type []v1.ServicePort")
    assert refused(registry, {"spec": {"type": 5}}, patching.STRATEGIC) == (
        422,
        ' "" is invalid: patch: Invalid value: "map[spec:map[type:5]]": '
        "unrecognized type: ServiceType",
    )


def test_patches_hold_the_version_they_name(registry: Registry) -> None:
    registry.create("services", "default", service())
    stale = {"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}
    assert refused(registry, stale, patching.MERGE)[0] == 409
    renamed = {"metadata": {"name": "other"}}
    assert refused(registry, renamed, patching.MERGE) == (
        400,
        "the name of the object (other) does not match the name on the URL (web)",
    )


def test_unknown_fields_in_patches_are_warned_of_or_refused(registry: Registry) -> None:
    registry.create("services", "default", service())
    writer = Writer(field_validation="Warn")
    patch(registry, {"spec": {"selectr": {}}}, patching.STRATEGIC, writer=writer)
    assert writer.warnings == ['unknown field "spec.selectr"']
    strict = Writer(field_validation="Strict")
    code, message = refused(registry, {"spec": {"selectr": {}}}, patching.MERGE, writer=strict)
    assert code == 422
    assert message.endswith('strict decoding error: unknown field "spec.selectr"')


def test_a_patch_of_the_status_changes_the_status_alone(registry: Registry) -> None:
    registry.create("services", "default", service())
    body = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, "spec": {"type": "X"}}
    result = patch(registry, body, patching.MERGE, subresource="status")
    assert result["spec"]["type"] == "ClusterIP"
    assert result["status"]["loadBalancer"] == {"ingress": [{"ip": "192.0.2.1"}]}


def test_a_scale_can_be_patched(registry: Registry) -> None:
    registry.create("deployments", "default", deployment())
    where = ("deployments", "default", "web")
    scale = registry.rescale(*where, b'{"spec":{"replicas":7}}', patching.MERGE)
    assert scale["spec"] == {"replicas": 7}
    assert scale["status"] == {"replicas": 0, "selector": "app=web"}
    assert registry.get(*where)["spec"]["replicas"] == 7
    with pytest.raises(ApiError, match="must be greater than or equal to 0"):
        registry.rescale(*where, b'{"spec":{"replicas":-1}}', patching.MERGE)
