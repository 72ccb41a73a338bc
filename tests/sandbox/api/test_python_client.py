"""The API as the official Python client meets it."""

from collections.abc import Generator
from typing import Any, cast

import pytest
from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.exceptions import ApiException

from tests.sandbox.api.objects import deployment, pod, service
from tests.sandbox.api.running import TOKEN, RunningAPI


@pytest.fixture
def kubernetes(api: RunningAPI) -> Generator[Any]:
    """A client of the server, as a kubeconfig makes one."""
    user = {"name": "test", "user": {"token": TOKEN}}
    cluster = {"name": "test", "cluster": {"server": api.url}}
    context = {"name": "test", "context": {"cluster": "test", "user": "test"}}
    make: Any = cast("Any", config).new_client_from_config_dict
    made = make(
        {
            "current-context": "test",
            "clusters": [cluster],
            "users": [user],
            "contexts": [context],
        }
    )
    yield made
    made.close()


def test_typed_objects_come_and_go(kubernetes: Any) -> None:
    core: Any = client.CoreV1Api(kubernetes)
    created: Any = core.create_namespaced_service("default", service())
    assert created.spec.cluster_ip.startswith("10.96.")
    assert created.metadata.managed_fields[0].manager == "OpenAPI-Generator"
    listed: Any = core.list_service_for_all_namespaces(label_selector="!a", limit=1)
    assert [found.metadata.name for found in listed.items] == ["web"]
    body = {"metadata": {"labels": {"a": "b"}}}
    patched: Any = core.patch_namespaced_service("web", "default", body)
    assert patched.metadata.labels == {"a": "b"}
    created.spec.ports[0].port = 81
    with pytest.raises(ApiException) as raised:
        core.replace_namespaced_service("web", "default", created)
    error: Any = raised.value
    assert (error.status, error.reason) == (409, "Conflict")
    core.delete_namespaced_service("web", "default")
    with pytest.raises(ApiException) as gone:
        core.read_namespaced_service("web", "default")
    error = gone.value
    assert error.status == 404
    assert 'services \\"web\\" not found' in error.body


def test_watches_tell_typed_objects(kubernetes: Any) -> None:
    core: Any = client.CoreV1Api(kubernetes)
    core.create_namespaced_service("default", service("a"))
    seen: list[tuple[str, str]] = []
    watcher: Any = watch.Watch()
    for event in watcher.stream(core.list_namespaced_service, "default", timeout_seconds=5):
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 1:
            core.create_namespaced_service("default", service("b"))
        else:
            watcher.stop()
    assert seen == [("ADDED", "a"), ("ADDED", "b")]


def test_pods_are_bound_and_evicted(kubernetes: Any) -> None:
    core: Any = client.CoreV1Api(kubernetes)
    core.create_namespaced_pod("default", pod())
    body: Any = client.V1Binding(
        metadata=client.V1ObjectMeta(name="one"),
        target=client.V1ObjectReference(kind="Node", name="k8s-node1"),
    )
    core.create_namespaced_pod_binding("one", "default", body, _preload_content=False)
    bound: Any = core.read_namespaced_pod("one", "default")
    assert bound.spec.node_name == "k8s-node1"
    eviction = client.V1Eviction(metadata=client.V1ObjectMeta(name="one"))
    core.create_namespaced_pod_eviction("one", "default", eviction, _preload_content=False)
    going: Any = core.read_namespaced_pod("one", "default")
    assert going.metadata.deletion_timestamp is not None


def test_workloads_are_scaled(kubernetes: Any) -> None:
    apps: Any = client.AppsV1Api(kubernetes)
    apps.create_namespaced_deployment("default", deployment())
    scale: Any = apps.read_namespaced_deployment_scale("web", "default")
    scale.spec.replicas = 5
    apps.replace_namespaced_deployment_scale("web", "default", scale)
    found: Any = apps.read_namespaced_deployment("web", "default")
    assert found.spec.replicas == 5


def test_the_dynamic_client_finds_and_applies(kubernetes: Any) -> None:
    cluster: Any = dynamic.DynamicClient(kubernetes)
    services = cluster.resources.get(api_version="v1", kind="Service")
    applied = services.server_side_apply(
        body=service(), name="web", namespace="default", field_manager="kubeproof"
    )
    assert applied.metadata.managedFields[0].operation == "Apply"
    assert services.get(namespace="default").items[0].metadata.name == "web"
    services.delete(name="web", namespace="default")


def test_manifests_are_created(kubernetes: Any) -> None:
    create: Any = cast("Any", utils).create_from_dict
    created = create(kubernetes, deployment())
    assert created[0].metadata.generation == 1
    with pytest.raises(utils.FailToCreateError, match="already exists"):
        create(kubernetes, deployment())
