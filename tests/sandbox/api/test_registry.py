import copy

import pytest

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.api.writer import Admission, Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import deployment, pod, service
from tests.sandbox.api.plain_rules import PlainService, plain_rules


def refusal(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str]:
    return error.value.code, error.value.message


def test_a_created_object_gets_what_the_system_knows_of_it(registry: Registry) -> None:
    body = service()
    body["metadata"] |= {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z"}
    created = registry.create("services", "default", body)
    metadata = created["metadata"]
    assert metadata["namespace"] == "default"
    assert metadata["uid"] != "mine"
    assert metadata["creationTimestamp"] > "2026"
    assert metadata["resourceVersion"] == str(registry.store.version)
    assert registry.get("services", "default", "web") is created
    assert created["spec"]["type"] == "ClusterIP", "defaults are in"
    assert created["spec"]["clusterIP"], "what is allocated is in"


def test_a_second_object_of_the_name_is_refused_and_gives_back_what_it_took() -> None:
    rules = plain_rules()
    registry = Registry(Store(), rules, Schema.load())
    registry.create("namespaces", "", {"metadata": {"name": "default"}})
    registry.create("services", "default", service())
    with pytest.raises(ApiError) as raised:
        registry.create("services", "default", service())
    assert refusal(raised) == (409, 'services "web" already exists')
    rule = rules["services"]
    assert isinstance(rule, PlainService)
    assert (rule.taken, rule.given_back) == (2, 1)


def test_names_are_generated_until_one_is_free(registry: Registry) -> None:
    body: Object = {"metadata": {"generateName": "gen-"}}
    names = {registry.create("configmaps", "default", body)["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith("gen-") and len(name) == 9 for name in names)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"metadata": {}}, (422, "name or generateName is required")),
        (
            {"metadata": {"name": "a", "namespace": "other"}},
            (400, "the namespace of the provided object does not match the namespace sent"),
        ),
        (
            {"metadata": {"name": "a", "resourceVersion": "5"}},
            (500, "resourceVersion should not be set on objects to be created"),
        ),
        ({"metadata": {"name": "a/b"}}, (422, "may not contain '/'")),
        ({"metadata": {"name": "a", "labels": {"x": "-"}}}, (422, "a valid label must be")),
        ({"metadata": {"name": "a", "finalizers": ["-"]}}, (422, "name part must consist")),
        (
            {"metadata": {"name": "a", "ownerReferences": [{"kind": "Pod", "name": "p"}]}},
            (422, "metadata.ownerReferences.uid: Invalid value"),
        ),
    ],
)
def test_malformed_objects_are_refused(
    registry: Registry, body: Object, refused: tuple[int, str]
) -> None:
    with pytest.raises(ApiError) as raised:
        registry.create("configmaps", "default", body)
    assert raised.value.code == refused[0]
    assert refused[1] in raised.value.message


def test_objects_need_a_namespace_that_is_there_to_stay(registry: Registry) -> None:
    with pytest.raises(ApiError) as missing:
        registry.create("services", "nowhere", service())
    assert refusal(missing) == (404, 'namespaces "nowhere" not found')
    registry.create("namespaces", "", {"metadata": {"name": "leaving"}})
    leaving = registry.delete("namespaces", "", "leaving")
    assert leaving["status"]["phase"] == "Terminating"
    with pytest.raises(ApiError) as ending:
        registry.create("services", "leaving", service())
    assert ending.value.code == 403
    assert ending.value.message == (
        'services "web" is forbidden: unable to create new content in namespace leaving '
        "because it is being terminated"
    )
    assert (ending.value.details or {})["causes"][0]["reason"] == "NamespaceTerminating"


def test_a_namespace_goes_when_its_last_finalizer_goes(registry: Registry) -> None:
    registry.create("namespaces", "", {"metadata": {"name": "leaving"}})
    leaving = copy.deepcopy(registry.delete("namespaces", "", "leaving"))
    assert registry.delete("namespaces", "", "leaving")["spec"]["finalizers"] == ["kubernetes"]
    leaving["spec"]["finalizers"] = []
    registry.update("namespaces", "", "leaving", leaving)
    assert registry.store.get("namespaces", "", "leaving"), "only /finalize changes them"
    registry.update("namespaces", "", "leaving", leaving, subresource="finalize")
    assert registry.store.get("namespaces", "", "leaving") is None


def test_the_namespaces_every_cluster_needs_stay(registry: Registry) -> None:
    with pytest.raises(ApiError) as raised:
        registry.delete("namespaces", "", "default")
    assert refusal(raised) == (
        403,
        'namespaces "default" is forbidden: this namespace may not be deleted',
    )


def test_an_update_is_held_against_the_version_it_was_made_from(registry: Registry) -> None:
    first = copy.deepcopy(registry.create("services", "default", service()))
    first["metadata"]["labels"] = {"a": "b"}
    second = registry.update("services", "default", "web", first)
    assert second["metadata"]["labels"] == {"a": "b"}
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    with pytest.raises(ApiError) as raised:
        registry.update("services", "default", "web", first)
    assert refusal(raised) == (
        409,
        'Operation cannot be fulfilled on services "web": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )


def test_an_update_may_not_be_of_another_object(registry: Registry) -> None:
    registry.create("services", "default", service())
    other = service()
    other["metadata"]["uid"] = "another"
    with pytest.raises(ApiError, match="Precondition failed: UID in precondition: another"):
        registry.update("services", "default", "web", other)
    with pytest.raises(ApiError) as raised:
        registry.update("services", "default", "web", service("other"))
    assert refusal(raised) == (
        400,
        "the name of the object (other) does not match the name on the URL (web)",
    )


def test_an_update_without_a_version_is_taken_where_the_kind_allows_it(registry: Registry) -> None:
    registry.create("services", "default", service())
    updated = registry.update("services", "default", "web", service(ports=[{"port": 81}]))
    assert updated["spec"]["ports"][0]["port"] == 81
    registry.create("leases", "default", {"metadata": {"name": "l"}})
    with pytest.raises(ApiError, match="must be specified for an update"):
        registry.update("leases", "default", "l", {"metadata": {"name": "l"}})


def test_an_update_creates_where_the_kind_allows_it(registry: Registry) -> None:
    assert registry.update("services", "default", "web", service())["metadata"]["uid"]
    with pytest.raises(ApiError) as raised:
        registry.update("configmaps", "default", "c", {"metadata": {"name": "c"}})
    assert refusal(raised) == (404, 'configmaps "c" not found')


def test_an_update_that_changes_nothing_makes_no_version(registry: Registry) -> None:
    told: list[Event] = []
    created = registry.create("services", "default", service())
    registry.subscribe("services", told.append)
    again = registry.update("services", "default", "web", copy.deepcopy(created))
    assert again is created
    assert told == []


def test_object_and_status_are_written_apart(registry: Registry) -> None:
    created = copy.deepcopy(registry.create("services", "default", service()))
    ingress = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    created["status"] = ingress
    created["spec"]["ports"][0]["port"] = 81
    by_status = registry.update("services", "default", "web", created, subresource="status")
    assert by_status["status"] == ingress
    assert by_status["spec"]["ports"][0]["port"] == 80
    body: Object = {**service(ports=[{"port": 82}]), "status": {}}
    by_object = registry.update("services", "default", "web", body)
    assert by_object["status"] == ingress
    assert by_object["spec"]["ports"][0]["port"] == 82


def test_generation_counts_what_is_asked_for(registry: Registry) -> None:
    def generation(obj: Object) -> int:
        return obj["metadata"]["generation"]

    def update(change: Object, subresource: str = "") -> Object:
        now = registry.get("deployments", "default", "web")
        metadata = {**now["metadata"], **change.get("metadata", {})}
        body = {**now, **change, "metadata": metadata}
        return registry.update("deployments", "default", "web", body, subresource=subresource)

    created = registry.create("deployments", "default", deployment())
    assert generation(created) == 1
    assert generation(update({"status": {"replicas": 1}}, "status")) == 1
    annotated = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}}
    assert generation(update(annotated, "status")) == 1, "as the Deployment controller writes it"
    assert generation(update({"spec": deployment(replicas=5)["spec"]})) == 2
    scaled = {"spec": {"replicas": 3}, "metadata": {}}
    assert registry.rescale("deployments", "default", "web", scaled)["spec"] == {"replicas": 3}
    assert generation(registry.get("deployments", "default", "web")) == 3
    assert "generation" not in registry.create("services", "default", service())["metadata"]


def test_finalizers_hold_an_object_until_they_are_gone(registry: Registry) -> None:
    body = service()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    registry.create("services", "default", body)
    held = copy.deepcopy(registry.delete("services", "default", "web"))
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    assert registry.delete("services", "default", "web") == held, "once is enough"
    held["metadata"]["finalizers"] = ["example.com/hold", "example.com/more"]
    with pytest.raises(ApiError, match="no new finalizers can be added if the object is being"):
        registry.update("services", "default", "web", held)
    del held["metadata"]["finalizers"]
    told: list[Event] = []
    registry.subscribe("services", told.append)
    registry.update("services", "default", "web", held)
    assert registry.store.get("services", "default", "web") is None
    assert [event.type for event in told] == ["DELETED"]


@pytest.mark.parametrize(
    ("propagation", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
)
def test_propagation_policies_become_finalizers(
    registry: Registry, propagation: str, finalizer: str
) -> None:
    registry.create("deployments", "default", deployment())
    held = registry.delete("deployments", "default", "web", propagation=propagation)
    assert held["metadata"]["finalizers"] == [finalizer]
    assert held["metadata"]["generation"] == 2


def test_a_deletion_is_held_against_its_preconditions(registry: Registry) -> None:
    created = registry.create("services", "default", service())
    with pytest.raises(ApiError, match="the UID in the precondition"):
        registry.delete("services", "default", "web", uid="another")
    with pytest.raises(ApiError, match="the ResourceVersion in the precondition"):
        registry.delete("services", "default", "web", resource_version="1")
    with pytest.raises(ApiError, match='propagationPolicy: Unsupported value: "Sideways"'):
        registry.delete("services", "default", "web", propagation="Sideways")
    registry.delete("services", "default", "web", uid=created["metadata"]["uid"])
    with pytest.raises(ApiError) as raised:
        registry.delete("services", "default", "web")
    assert refusal(raised) == (404, 'services "web" not found')


def test_a_pod_without_a_node_goes_at_once(registry: Registry) -> None:
    registry.create("pods", "default", pod())
    told: list[Event] = []
    registry.subscribe("pods", told.append)
    gone = registry.delete("pods", "default", "one")
    assert gone["metadata"]["deletionGracePeriodSeconds"] == 0
    assert [event.type for event in told] == ["MODIFIED", "DELETED"]


def test_a_pod_on_a_node_stays_until_its_kubelet_confirms(registry: Registry) -> None:
    registry.create("pods", "default", pod())
    registry.bind("default", "one", {"target": {"kind": "Node", "name": "k8s-node1"}})
    going = registry.delete("pods", "default", "one")
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    assert going["metadata"]["generation"] == 2
    again = registry.delete("pods", "default", "one")
    assert again == going, "a second deletion changes nothing"
    shorter = registry.delete("pods", "default", "one", grace=5)
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 5
    assert shorter["metadata"]["deletionTimestamp"] < going["metadata"]["deletionTimestamp"]
    longer = registry.delete("pods", "default", "one", grace=50)
    assert longer == shorter
    registry.delete("pods", "default", "one", grace=0)
    assert registry.store.get("pods", "default", "one") is None


def test_a_pod_is_bound_once(registry: Registry) -> None:
    labels = {"topology.kubernetes.io/zone": "zone-1", "kubernetes.io/os": "linux"}
    registry.create("nodes", "", {"metadata": {"name": "k8s-node1", "labels": labels}})
    registry.create("pods", "default", pod())
    binding: Object = {"target": {"kind": "Node", "name": "k8s-node1"}}
    registry.bind("default", "one", binding)
    bound = registry.get("pods", "default", "one")
    assert bound["spec"]["nodeName"] == "k8s-node1"
    assert bound["metadata"]["labels"] == {"topology.kubernetes.io/zone": "zone-1"}
    assert bound["status"]["conditions"][0] | {"lastTransitionTime": ""} == {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": "",
    }
    with pytest.raises(ApiError) as raised:
        registry.bind("default", "one", binding)
    assert raised.value.code == 409
    assert 'pod one is already assigned to node "k8s-node1"' in raised.value.message
    with pytest.raises(ApiError, match=r"target\.name: Required value"):
        registry.bind("default", "one", {"target": {}})


def test_an_eviction_is_a_deletion(registry: Registry) -> None:
    registry.create("pods", "default", pod())
    registry.bind("default", "one", {"target": {"name": "k8s-node1"}})
    registry.evict("default", "one", {"deleteOptions": {"gracePeriodSeconds": 7}})
    evicted = registry.get("pods", "default", "one")
    assert evicted["metadata"]["deletionGracePeriodSeconds"] == 7


def test_deleting_a_collection_deletes_what_is_chosen(registry: Registry) -> None:
    for name, tier in (("a", "front"), ("b", "back"), ("c", "front")):
        body: Object = {"metadata": {"name": name, "labels": {"tier": tier}}}
        registry.create("configmaps", "default", body)
    gone = registry.delete_collection("configmaps", "default", labels="tier=front")
    assert [obj["metadata"]["name"] for obj in gone] == ["a", "c"]
    assert [obj["metadata"]["name"] for obj in registry.list("configmaps")] == ["b"]


def test_a_dry_run_leaves_nothing() -> None:
    rules = plain_rules()
    registry = Registry(Store(), rules, Schema.load())
    registry.create("namespaces", "", {"metadata": {"name": "default"}})
    version = registry.store.version
    dry = Writer(dry_run=True)
    created = registry.create("services", "default", service(), writer=dry)
    assert created["metadata"]["uid"]
    assert "resourceVersion" not in created["metadata"]
    assert registry.store.version == version
    rule = rules["services"]
    assert isinstance(rule, PlainService)
    assert rule.taken == 0
    registry.create("services", "default", service())
    version = registry.store.version
    changed = registry.update(
        "services", "default", "web", service(ports=[{"port": 81}]), writer=dry
    )
    assert changed["spec"]["ports"][0]["port"] == 81
    registry.delete("services", "default", "web", writer=dry)
    assert registry.store.version == version
    assert registry.get("services", "default", "web")["spec"]["ports"][0]["port"] == 80


def test_faults_of_the_api_can_change_objects_and_forgive_errors() -> None:
    def swap_type(resource: str, obj: Object) -> None:
        if resource == "services":
            obj["spec"]["type"] = "NodePort"

    def forgive_ports(resource: str, error: FieldError) -> bool:
        return error.field.endswith(".port")

    admission = Admission(mutate=[swap_type], forgive=forgive_ports)
    registry = Registry(Store(), plain_rules(), Schema.load(), admission=admission)
    registry.create("namespaces", "", {"metadata": {"name": "default"}})
    created = registry.create("services", "default", service(ports=[{"port": 70000}]))
    assert created["spec"]["type"] == "NodePort"
    body = service("bad", ports=[{"port": 70000}])
    body["metadata"]["labels"] = {"x": "-"}
    with pytest.raises(ApiError) as raised:
        registry.create("services", "default", body)
    assert "port" not in raised.value.message


def test_rules_of_the_kind_come_before_those_of_metadata(registry: Registry) -> None:
    body = service(ports=[{"port": 0}])
    body["metadata"]["labels"] = {"x": "-"}
    with pytest.raises(ApiError) as raised:
        registry.create("services", "default", body)
    causes = (raised.value.details or {})["causes"]
    assert [cause["field"] for cause in causes] == ["spec.ports[0].port"]


def test_a_thousand_services_are_created_within_a_second(registry: Registry) -> None:
    import time

    body = service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}])
    started = time.process_time()
    for number in range(1000):
        body["metadata"]["name"] = f"web-{number}"
        registry.create("services", "default", body)
    assert time.process_time() - started < 1
