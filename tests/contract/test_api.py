"""The Kubernetes API of every cluster kind, as the rest of kubeproof uses it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kubeproof.cluster.api import Api
from kubeproof.cluster.base import Cluster
from kubeproof.cluster.rejected import Rejected
from kubeproof.cluster.run import Run
from kubeproof.cluster.workload import DISCOVERY, SERVICE_NAME, Workload
from kubeproof.model import Object


@pytest.fixture(scope="session")
def api(cluster: Cluster) -> Api:
    return cluster.api


@pytest.fixture(scope="session")
def namespace(run: Run) -> str:
    return run.make_namespace("api")


def config_map(namespace: str, name: str, **more: object) -> Object:
    meta = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **more}


def service(namespace: str, name: str, **spec: object) -> Object:
    usual: Object = {"ports": [{"port": 80}], "selector": {"app": name}}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": usual | spec}


def refusal(error: pytest.ExceptionInfo[Rejected]) -> tuple[int, str, str]:
    return error.value.code, error.value.reason, error.value.message


def test_what_was_created_is_there_until_it_is_deleted(api: Api, namespace: str) -> None:
    made = api.create(config_map(namespace, "one", data={"key": "value"}))
    assert made["metadata"]["uid"]
    got = api.get("ConfigMap", "one", namespace)
    assert (got["data"], got["metadata"]["uid"]) == ({"key": "value"}, made["metadata"]["uid"])
    api.delete("ConfigMap", "one", namespace)
    with pytest.raises(Rejected) as error:
        api.get("ConfigMap", "one", namespace)
    assert refusal(error) == (404, "NotFound", 'configmaps "one" not found')


def test_deleting_what_is_gone_is_as_good(api: Api, namespace: str) -> None:
    api.delete("ConfigMap", "never-was", namespace)


def test_objects_are_listed_by_namespace_and_labels(api: Api, namespace: str) -> None:
    for name in ("list-1", "list-2"):
        api.create(config_map(namespace, name))
    names = [one["metadata"]["name"] for one in api.list("ConfigMap", namespace)]
    assert {"list-1", "list-2"} <= set(names)
    [found] = api.list("ConfigMap", namespace, labels="app=list-2")
    assert found["metadata"]["name"] == "list-2"
    assert api.list("ConfigMap", namespace, labels="app=nobody") == []
    assert len(api.list("ConfigMap")) >= len(names), "everywhere"


def test_a_name_is_taken_once(api: Api, namespace: str) -> None:
    api.create(config_map(namespace, "taken"))
    with pytest.raises(Rejected) as error:
        api.create(config_map(namespace, "taken"))
    assert refusal(error) == (409, "AlreadyExists", 'configmaps "taken" already exists')
    assert str(error.value) == 'configmaps "taken" already exists (HTTP 409 AlreadyExists)'


def test_what_is_invalid_is_refused_with_field_and_reason(api: Api, namespace: str) -> None:
    with pytest.raises(Rejected) as error:
        api.create(service(namespace, "svc-bad", type="NodePort", ports=[{"port": 0}]))
    code, reason, message = refusal(error)
    assert (code, reason) == (422, "Invalid")
    assert "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535" in message


def test_a_namespace_that_is_not_there(api: Api) -> None:
    with pytest.raises(Rejected) as error:
        api.create(config_map("kubeproof-nowhere", "one"))
    assert refusal(error)[:2] == (404, "NotFound")


def test_a_kind_that_nobody_serves(api: Api) -> None:
    with pytest.raises(Rejected) as error:
        api.list("Dragon", group="example.net/v1")
    assert refusal(error) == (404, "NotFound", "the cluster has no Dragon in example.net/v1")


def test_a_dry_run_answers_and_leaves_nothing(api: Api, namespace: str) -> None:
    made = api.create(service(namespace, "svc-dry"), dry_run=True)
    assert made["spec"]["type"] == "ClusterIP"
    assert api.list("Service", namespace) == []


def test_a_dry_run_is_refused_as_the_deed_would_be(api: Api, namespace: str) -> None:
    with pytest.raises(Rejected) as error:
        api.create(service(namespace, "Svc_Bad"), dry_run=True)
    assert refusal(error)[0] == 422


def test_applying_creates_changes_and_takes_away(api: Api, namespace: str) -> None:
    first = api.apply(config_map(namespace, "applied", data={"a": "1", "b": "1"}))
    second = api.apply(config_map(namespace, "applied", data={"a": "2"}))
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["data"] == {"a": "2"}
    assert api.apply(config_map(namespace, "applied", data={"a": "2"}))["data"] == {"a": "2"}


def test_applying_wins_over_others(api: Api, namespace: str) -> None:
    api.create(config_map(namespace, "contested", data={"a": "theirs"}))
    assert api.apply(config_map(namespace, "contested", data={"a": "ours"}))["data"]["a"] == "ours"


def test_patching_changes_what_it_names(api: Api, namespace: str) -> None:
    api.create(config_map(namespace, "patched", data={"a": "1", "b": "1"}))
    made = api.patch("ConfigMap", "patched", namespace, {"data": {"a": "2", "b": None, "c": "3"}})
    assert made["data"] == {"a": "2", "c": "3"}


def test_patching_what_is_not_there(api: Api, namespace: str) -> None:
    with pytest.raises(Rejected) as error:
        api.patch("ConfigMap", "never-was", namespace, {"data": {"a": "2"}})
    assert refusal(error)[:2] == (404, "NotFound")


def test_other_groups_are_known(api: Api, backends: Workload) -> None:
    [found] = api.list(
        "EndpointSlice", backends.namespace, group=DISCOVERY, labels=f"{SERVICE_NAME}=svc-open"
    )
    assert [one["targetRef"]["name"] for one in found["endpoints"]] == ["pod-1"]


def test_threads_share_it(api: Api, namespace: str) -> None:
    def made(number: int) -> str:
        api.create(config_map(namespace, f"thread-{number}"))
        return str(api.get("ConfigMap", f"thread-{number}", namespace)["metadata"]["name"])

    with ThreadPoolExecutor(8) as threads:
        names = list(threads.map(made, range(32)))
    assert names == [f"thread-{number}" for number in range(32)]


def test_pages_of_a_pod_are_asked_through_the_api_server(api: Api, backends: Workload) -> None:
    ask = api.pod_proxy(backends.namespace, "pod-1", 8080)
    assert ask("hostname", {}).text == "pod-1"
    assert ask("echo", {"msg": "a & b"}).text.strip() == "a & b"
    assert api.pod_proxy(backends.namespace, "pod-9", 8080)("hostname", {}).status_code == 404


def test_pages_of_the_api_server_need_the_credentials(api: Api) -> None:
    assert api.http_get("/version").json()["gitVersion"] == api.version()
    answer = api.http_get("/api/v1/namespaces", {"limit": "1"})
    assert (answer.status_code, answer.json()["kind"]) == (200, "NamespaceList")
