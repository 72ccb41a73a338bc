import copy
import json
from typing import Any

import pytest

from kubeproof.sandbox.api import patching
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import deployment, service

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
PORT = 'k:{"port":80,"protocol":"TCP"}'


def ports(*numbers: int) -> list[Object]:
    return [{"port": number, "name": f"p{number}"} for number in numbers]


def apply(registry: Registry, config: Object, manager: str = "a", **more: Any) -> Object:
    resource = f"{config['kind'].lower()}s"
    where = (resource, "default", config["metadata"]["name"])
    text = json.dumps(config).encode()
    writer = Writer(manager=manager)
    return registry.patch(*where, text, patching.APPLY, writer=writer, **more)[0]


def conflict(registry: Registry, config: Object, manager: str = "b") -> Object:
    with pytest.raises(ApiError) as raised:
        apply(registry, config, manager)
    assert raised.value.code == 409
    return raised.value.status()


def owned(obj: Object) -> dict[tuple[str, str], Object]:
    """What each manager owns, as FieldsV1."""
    return {
        (entry["manager"], entry["operation"] + entry.get("subresource", "")): entry["fieldsV1"]
        for entry in obj["metadata"].get("managedFields", [])
    }


def test_a_create_is_owned_by_its_writer_with_its_defaults(registry: Registry) -> None:
    body = service()
    body["metadata"]["labels"] = {"a": "b"}
    created = registry.create("services", "default", body, writer=Writer(manager="kubectl"))
    assert owned(created) == {
        ("kubectl", "Update"): {
            "f:metadata": {"f:labels": {".": {}, "f:a": {}}},
            "f:spec": {
                "f:internalTrafficPolicy": {},
                "f:ports": {
                    ".": {},
                    PORT: {".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {}},
                },
                "f:selector": {},
                "f:sessionAffinity": {},
                "f:type": {},
            },
        }
    }
    entry = created["metadata"]["managedFields"][0]
    assert (entry["apiVersion"], entry["fieldsType"]) == ("v1", "FieldsV1")
    assert entry["time"] == created["metadata"]["creationTimestamp"]


def test_an_update_takes_the_fields_it_changes(registry: Registry) -> None:
    created = registry.create("services", "default", service(), writer=Writer(manager="a"))
    changed = copy.deepcopy(created)
    changed["spec"]["selector"] = {"app": "other"}
    updated = registry.update("services", "default", "web", changed, writer=Writer(manager="b"))
    owners = owned(updated)
    assert owners["b", "Update"] == {"f:spec": {"f:selector": {}}}
    assert "f:selector" not in owners["a", "Update"]["f:spec"]


def test_a_removed_field_belongs_to_nobody(registry: Registry) -> None:
    body = service()
    body["metadata"]["labels"] = {"a": "b", "c": "d"}
    changed = copy.deepcopy(registry.create("services", "default", body, writer=Writer("a")))
    del changed["metadata"]["labels"]["a"]
    updated = registry.update("services", "default", "web", changed, writer=Writer("b"))
    assert owned(updated)["a", "Update"]["f:metadata"] == {"f:labels": {".": {}, "f:c": {}}}
    assert ("b", "Update") not in owned(updated)


def test_the_status_is_owned_apart(registry: Registry) -> None:
    created = copy.deepcopy(registry.create("services", "default", service(), writer=Writer("a")))
    created["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    where = ("services", "default", "web")
    updated = registry.update(*where, created, subresource="status", writer=Writer("lb"))
    assert owned(updated)["lb", "Updatestatus"] == {
        "f:status": {"f:loadBalancer": {"f:ingress": {}}}
    }


def test_required_lists_are_not_owned_as_such(registry: Registry) -> None:
    created = registry.create("deployments", "default", deployment(), writer=Writer("a"))
    template = owned(created)["a", "Update"]["f:spec"]["f:template"]
    assert set(template) == {"f:metadata", "f:spec"}
    assert set(template["f:spec"]["f:containers"]) == {'k:{"name":"main"}'}
    assert owned(created)["a", "Update"]["f:spec"]["f:selector"] == {}


def test_the_oldest_of_many_writers_are_merged(registry: Registry) -> None:
    registry.create("services", "default", service(), writer=Writer("w00"))
    for number in range(1, 15):
        changed = copy.deepcopy(registry.get("services", "default", "web"))
        changed["metadata"].setdefault("labels", {})[f"l{number}"] = "x"
        registry.update("services", "default", "web", changed, writer=Writer(f"w{number:02}"))
    owners = owned(registry.get("services", "default", "web"))
    assert len(owners) == 10
    assert "f:selector" in owners["ancient-changes", "Update"]["f:spec"]


def test_an_apply_creates_and_owns_what_it_says(registry: Registry) -> None:
    text = json.dumps(service()).encode()
    where = ("services", "default", "web")
    writer = Writer(manager="a")
    created, is_new = registry.patch(*where, text, patching.APPLY, writer=writer)
    assert is_new
    assert created["spec"]["type"] == "ClusterIP", "defaults come all the same"
    assert owned(created) == {
        ("a", "Apply"): {"f:spec": {"f:ports": {PORT: {".": {}, "f:port": {}}}, "f:selector": {}}}
    }
    again, is_new = registry.patch(*where, text, patching.APPLY, writer=writer)
    assert not is_new
    assert again is created, "an apply that changes nothing makes no version"


def test_yaml_can_be_applied(registry: Registry) -> None:
    text = b"apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n"
    where = ("services", "default", "web")
    created, _ = registry.patch(*where, text, patching.APPLY, writer=Writer("a"))
    assert created["spec"]["ports"][0]["port"] == 80


def test_fields_of_others_are_conflicts_unless_forced(registry: Registry) -> None:
    apply(registry, service())
    wanted = service(selector={"app": "other"})
    assert conflict(registry, wanted) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "a": .spec.selector',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "a"',
                    "field": ".spec.selector",
                }
            ]
        },
        "code": 409,
    }
    forced = apply(registry, wanted, "b", force=True)
    assert forced["spec"]["selector"] == {"app": "other"}
    assert "f:selector" in owned(forced)["b", "Apply"]["f:spec"]
    assert "f:selector" not in owned(forced)["a", "Apply"]["f:spec"]


def test_several_conflicts_are_listed_by_manager(registry: Registry) -> None:
    body = service(ports=[{"port": 80, "targetPort": 1}])
    registry.create("services", "default", body, writer=Writer("kubectl-create"))
    config = service(ports=[{"port": 80, "targetPort": 2}], selector={"app": "other"})
    assert conflict(registry, config)["message"] == (
        'Apply failed with 2 conflicts: conflicts with "kubectl-create" using v1:\n'
        '- .spec.ports[port=80,protocol="TCP"].targetPort\n'
        "- .spec.selector"
    )


def test_the_same_value_is_no_conflict_but_shared(registry: Registry) -> None:
    apply(registry, service())
    shared = apply(registry, service(), "b")
    assert owned(shared)["a", "Apply"] == owned(shared)["b", "Apply"]


def test_what_is_no_longer_applied_goes_unless_others_own_it(registry: Registry) -> None:
    config = service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}])
    config["metadata"]["labels"] = {"mine": "x", "shared": "y"}
    apply(registry, config)
    other: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "labels": {"shared": "y"}},
    }
    apply(registry, other, "b")
    less = service(ports=[{"port": 80, "name": "a"}])
    result = apply(registry, less)
    assert [port["port"] for port in result["spec"]["ports"]] == [80]
    assert result["metadata"]["labels"] == {"shared": "y"}
    assert result["spec"]["clusterIP"], "what nobody applied stays"


def test_an_apply_over_an_untracked_object_respects_it(registry: Registry) -> None:
    created = copy.deepcopy(registry.create("services", "default", service()))
    created["metadata"]["managedFields"] = []
    untracked = registry.update("services", "default", "web", created)
    assert "managedFields" not in untracked["metadata"]
    status = conflict(registry, service(selector={"app": "other"}))
    assert status["details"]["causes"][0]["message"] == (
        'conflict with "before-first-apply" using v1'
    )


def test_kubectl_takes_over_what_it_applied_on_its_own_side(registry: Registry) -> None:
    body = service()
    body["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(body)}
    writer = Writer(manager="kubectl-client-side-apply")
    registry.create("services", "default", body, writer=writer)
    config = service(selector={"app": "other"})
    conflict(registry, config, "someone")
    result = apply(registry, config, "kubectl")
    assert result["spec"]["selector"] == {"app": "other"}
    synced = json.loads(result["metadata"]["annotations"][LAST_APPLIED])
    assert synced["spec"]["selector"] == {"app": "other"}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (
            {"spec": {"selectr": {}}},
            (
                500,
                "failed to create typed patch object (<unknown>/web; /v1, Kind=Service): "
                ".spec.selectr: field not declared in schema",
            ),
        ),
        (
            {"spec": {"ports": [{"port": 80}, {"port": 80}]}},
            (
                500,
                "failed to create typed patch object (<unknown>/web; /v1, Kind=Service): "
                '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
            ),
        ),
        (
            {"spec": {"ports": [{"port": "http"}]}},
            (
                500,
                "failed to create typed patch object (<unknown>/web; /v1, Kind=Service): "
                '.spec.ports[port="http",protocol="TCP"].port: '
                "expected numeric (int or float), got string",
            ),
        ),
        (
            {"apiVersion": "v2"},
            (
                400,
                "Incorrect version specified in apply patch. "
                "Specified patch version: v2, expected: v1",
            ),
        ),
        (
            {"metadata": {"name": "web", "managedFields": []}},
            (400, "metadata.managedFields must be nil"),
        ),
        (
            {"metadata": {"name": "web", "uid": "x"}},
            (
                409,
                'Operation cannot be fulfilled on services "web": uid mismatch: the provided '
                "object specified uid x, and no existing object was found",
            ),
        ),
    ],
)
def test_configurations_that_do_not_fit_are_refused(
    registry: Registry, change: Object, refused: tuple[int, str]
) -> None:
    with pytest.raises(ApiError) as raised:
        apply(registry, service() | change)
    assert (raised.value.code, raised.value.message) == refused


def test_an_apply_of_the_status_owns_the_status(registry: Registry) -> None:
    registry.create("services", "default", service())
    config: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    }
    result = apply(registry, config, "lb", subresource="status")
    assert result["status"] == config["status"]
    assert owned(result)["lb", "Applystatus"] == {"f:status": {"f:loadBalancer": {"f:ingress": {}}}}
    assert result["spec"]["ports"]


def test_items_keep_the_order_of_the_configuration(registry: Registry) -> None:
    registry.create("services", "default", service(ports=ports(1, 2, 3)))
    result = apply(registry, service(ports=ports(3, 4, 1)), force=True)
    assert [port["port"] for port in result["spec"]["ports"]] == [2, 3, 4, 1]
