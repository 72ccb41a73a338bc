import json
from typing import Any

import httpx
import pytest

from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import deployment, pod, service
from tests.sandbox.api.running import RunningAPI

SERVICES = "/api/v1/namespaces/default/services"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def test_strangers_are_only_told_that_the_server_is_there(api: RunningAPI) -> None:
    with httpx.Client(base_url=api.url, trust_env=False) as stranger:
        answers = {path: stranger.get(path).status_code for path in ("/livez", "/version", "/api")}
        assert answers == {"/livez": 200, "/version": 200, "/api": 401}
        wrong = stranger.get("/api", headers={"Authorization": "Bearer wrong"})
        assert wrong.json() == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "Unauthorized",
            "reason": "Unauthorized",
            "code": 401,
        }


@pytest.mark.parametrize(
    ("method", "path", "code", "message"),
    [
        ("GET", "/apis/nothing", 404, "the server could not find the requested resource"),
        ("GET", f"{SERVICES}/web/nothing", 404, "the server could not find the requested resource"),
        ("GET", "/api/v1/services/web", 404, "the server could not find the requested resource"),
        (
            "GET",
            "/api/v1/namespaces/default/nodes",
            404,
            "the server could not find the requested resource",
        ),
        ("PUT", SERVICES, 405, "the server does not allow this method on the requested resource"),
        (
            "POST",
            "/api/v1/services",
            405,
            "the server does not allow this method on the requested resource",
        ),
        (
            "DELETE",
            "/api/v1/namespaces",
            405,
            "the server does not allow this method on the requested resource",
        ),
        ("GET", f"{SERVICES}/web", 404, 'services "web" not found'),
        ("GET", f"{DEPLOYMENTS}/web", 404, 'deployments.apps "web" not found'),
    ],
)
def test_what_is_not_served_is_answered_with_a_status(
    http: httpx.Client, method: str, path: str, code: int, message: str
) -> None:
    answer = http.request(method, path, json=service() if method != "GET" else None)
    status = answer.json()
    assert (answer.status_code, status["code"], status["message"]) == (code, code, message)
    assert status["kind"] == "Status"


def test_media_types_that_are_not_read_or_written_are_refused(http: httpx.Client) -> None:
    text = http.post(SERVICES, content="x", headers={"Content-Type": "text/plain"})
    assert text.json()["reason"] == "UnsupportedMediaType"
    assert text.json()["message"].startswith(
        "the body of the request was in an unknown format - accepted media types include: "
    )
    patch = http.patch(f"{SERVICES}/web", json={})
    assert (patch.status_code, patch.json()["message"]) == (415, "415: Unsupported Media Type")
    image = http.get(SERVICES, headers={"Accept": "image/png"})
    assert (image.status_code, image.json()["reason"]) == (406, "NotAcceptable")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"",
            "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
        ),
        (
            b'{"a":}',
            "couldn't get version/kind; json parse error: invalid character '}' looking for "
            'beginning of value ({"a":})',
        ),
        (
            b'{"kind": "Service" "x": 1}',
            "couldn't get version/kind; json parse error: invalid character '\"' after object "
            'key:value pair ({"kind": "Service" "x": 1})',
        ),
    ],
)
def test_bodies_that_do_not_parse_are_refused(
    http: httpx.Client, body: bytes, message: str
) -> None:
    answer = http.post(SERVICES, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    expected = f"the object provided is unrecognized (must be of type Service): {message}"
    assert answer.json()["message"] == expected


def test_bodies_that_are_too_large_are_refused(http: httpx.Client) -> None:
    answer = http.post(SERVICES, content=b" " * (3 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["message"] == "Request entity too large: limit is 3145728"


def test_objects_are_created_read_changed_and_deleted(http: httpx.Client) -> None:
    created = http.post(SERVICES, json=service())
    assert created.status_code == 201
    assert created.json()["kind"] == "Service"
    read = http.get(f"{SERVICES}/web").json()
    assert read == created.json()
    read["metadata"]["labels"] = {"a": "b"}
    assert http.put(f"{SERVICES}/web", json=read).json()["metadata"]["labels"] == {"a": "b"}
    listed = http.get("/api/v1/services").json()
    assert listed["kind"] == "ServiceList"
    assert [set(item) for item in listed["items"]] == [{"metadata", "spec", "status"}]
    deleted = http.delete(f"{SERVICES}/web")
    assert (deleted.status_code, deleted.json()["kind"]) == (200, "Service")
    assert http.delete(f"{SERVICES}/web").status_code == 404


def test_a_deletion_answers_a_status_where_kubernetes_does(http: httpx.Client) -> None:
    created = http.post(DEPLOYMENTS, json=deployment()).json()
    body = {"propagationPolicy": "Foreground"}
    held = http.request("DELETE", f"{DEPLOYMENTS}/web", json=body).json()
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    operations = [{"op": "remove", "path": "/metadata/finalizers"}]
    http.patch(
        f"{DEPLOYMENTS}/web",
        content=json.dumps(operations),
        headers={"Content-Type": "application/json-patch+json"},
    )
    http.post(DEPLOYMENTS, json=deployment("other"))
    gone = http.delete(f"{DEPLOYMENTS}/other").json()
    assert gone["details"].pop("uid") != created["metadata"]["uid"]
    assert gone == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "other", "group": "apps", "kind": "deployments"},
    }


def test_deletions_take_their_options_from_body_or_query(http: httpx.Client) -> None:
    pods = "/api/v1/namespaces/default/pods"
    for name in ("one", "two"):
        http.post(pods, json=pod(name))
        http.post(f"{pods}/{name}/binding", json={"target": {"name": "k8s-node1"}})
    by_query = http.delete(f"{pods}/one", params={"gracePeriodSeconds": "3"}).json()
    assert by_query["metadata"]["deletionGracePeriodSeconds"] == 3
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 4}
    by_body = http.request("DELETE", f"{pods}/two", json=options).json()
    assert by_body["metadata"]["deletionGracePeriodSeconds"] == 4
    wrong = {"preconditions": {"uid": "x"}}
    assert http.request("DELETE", f"{pods}/two", json=wrong).status_code == 409
    both = {"orphanDependents": True, "propagationPolicy": "Orphan"}
    refused = http.request("DELETE", f"{pods}/two", json=both)
    assert "orphanDependents and deletionPropagation cannot be both set" in refused.text


def test_yaml_is_read_and_written(http: httpx.Client) -> None:
    text = "metadata:\n  name: web\n  labels: {on: 'yes', 5: x}\nspec:\n  ports:\n  - port: 80\n"
    headers = {"Content-Type": "application/yaml", "Accept": "application/yaml"}
    answer = http.post(SERVICES, content=text, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/yaml"
    assert "kind: Service\n" in answer.text
    labels = http.get(f"{SERVICES}/web").json()["metadata"]["labels"]
    assert labels == {"true": "yes", "5": "x"}, "YAML 1.1, as Kubernetes reads it"


def test_yaml_times_stay_texts(http: httpx.Client) -> None:
    text = "metadata:\n  name: c\ndata:\n  when: 2026-11-22\n"
    answer = http.post(
        "/api/v1/namespaces/default/configmaps",
        content=text,
        headers={"Content-Type": "application/yaml"},
    )
    assert answer.json()["data"] == {"when": "2026-11-22"}


def test_warnings_come_as_headers(http: httpx.Client) -> None:
    text = '{"metadata": {"name": "web"}, "spec": {"selectr": {}, "type": "ClusterIP",'
    text += '"type": "ClusterIP", "ports": [{"port": 80}]}}'
    headers = {"Content-Type": "application/json"}
    answer = http.post(SERVICES, content=text, headers=headers)
    assert answer.headers.get_list("Warning") == [
        '299 - "duplicate field \\"spec.type\\""',
        '299 - "unknown field \\"spec.selectr\\""',
    ]
    params = {"fieldValidation": "Strict"}
    refused = http.post(SERVICES, content=text, headers=headers, params=params)
    assert refused.status_code == 400
    assert "Warning" not in refused.headers
    old = http.get("/api/v1/namespaces/default/endpoints")
    assert "v1 Endpoints is deprecated in v1.33+" in old.headers["Warning"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"dryRun": "Some"},
            'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: '
            'supported values: "All"',
        ),
        (
            {"fieldValidation": "Loose"},
            'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: '
            '"Loose": supported values: "", "Ignore", "Strict", "Warn"',
        ),
        (
            {"fieldManager": "x" * 129},
            'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: '
            "may not be more than 128 bytes",
        ),
    ],
)
def test_parameters_are_checked(http: httpx.Client, params: dict[str, str], message: str) -> None:
    answer = http.post(SERVICES, json=service(), params=params)
    assert (answer.status_code, answer.json()["message"]) == (422, message)


def test_an_apply_needs_a_manager_and_only_an_apply_can_be_forced(http: httpx.Client) -> None:
    apply = {"Content-Type": "application/apply-patch+yaml"}
    text = json.dumps(service())
    nameless = http.patch(f"{SERVICES}/web", content=text, headers=apply)
    assert nameless.status_code == 422
    assert "fieldManager: Required value: is required for apply patch" in nameless.text
    named = http.patch(f"{SERVICES}/web?fieldManager=a", content=text, headers=apply)
    assert named.status_code == 201
    merge = {"Content-Type": "application/merge-patch+json"}
    forced = http.patch(f"{SERVICES}/web?force=true", content="{}", headers=merge)
    assert "force: Forbidden: may not be specified for non-apply patch" in forced.text


def test_the_manager_is_the_user_agents_unless_named(http: httpx.Client) -> None:
    agent = {"User-Agent": "kubectl/v1.32.4 (linux/amd64) kubernetes/59526cd"}
    created = http.post(SERVICES, json=service(), headers=agent).json()
    assert created["metadata"]["managedFields"][0]["manager"] == "kubectl"


def test_a_scale_is_read_and_replaced(http: httpx.Client) -> None:
    http.post(DEPLOYMENTS, json=deployment())
    scale = http.get(f"{DEPLOYMENTS}/web/scale").json()
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert (scale["spec"], scale["status"]) == (
        {"replicas": 2},
        {"replicas": 0, "selector": "app=web"},
    )
    scale["spec"]["replicas"] = 4
    assert http.put(f"{DEPLOYMENTS}/web/scale", json=scale).json()["spec"] == {"replicas": 4}
    assert http.put(f"{DEPLOYMENTS}/web/scale", json=scale).status_code == 409


def test_pods_are_evicted(http: httpx.Client) -> None:
    pods = "/api/v1/namespaces/default/pods"
    http.post(pods, json=pod())
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "one"}}
    answer = http.post(f"{pods}/one/eviction", json=eviction)
    assert (answer.status_code, answer.json()["status"]) == (201, "Success")
    assert http.get(f"{pods}/one").status_code == 404


def test_metadata_can_be_had_alone(http: httpx.Client) -> None:
    http.post(SERVICES, json=service())
    one = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    alone = http.get(f"{SERVICES}/web", headers={"Accept": one}).json()
    assert set(alone) == {"kind", "apiVersion", "metadata"}
    many = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    listed = http.get(SERVICES, headers={"Accept": many}).json()
    assert listed["kind"] == "PartialObjectMetadataList"
    assert listed["items"] == [alone]


def test_tables_say_what_kubectl_prints(http: httpx.Client) -> None:
    http.post(SERVICES, json=service())
    table = http.get(SERVICES, headers={"Accept": TABLE}).json()
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    columns: list[Object] = table["columnDefinitions"]
    assert [column["name"] for column in columns if column["priority"] == 0] == [
        "Name",
        "Type",
        "Cluster-IP",
        "External-IP",
        "Port(s)",
        "Age",
    ]
    assert columns[0]["description"].startswith("Name must be unique within a namespace.")
    row = table["rows"][0]
    assert row["cells"][:2] == ["web", "ClusterIP"]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    bare = http.get(f"{SERVICES}/web?includeObject=None", headers={"Accept": TABLE}).json()
    assert bare["rows"][0]["object"] is None
    whole = http.get(f"{SERVICES}/web?includeObject=Object", headers={"Accept": TABLE}).json()
    assert whole["rows"][0]["object"]["spec"]["ports"]
    wrong = http.get(f"{SERVICES}?includeObject=Half", headers={"Accept": TABLE})
    assert wrong.status_code == 422


def test_people_get_indented_json(http: httpx.Client) -> None:
    assert http.get("/version").text.count("\n") == 0
    assert http.get("/version?pretty=true").text.count("\n") > 5
    assert http.get("/version", headers={"User-Agent": "curl/8"}).text.count("\n") > 5


def test_discovery_tells_every_resource_twice_the_same(http: httpx.Client) -> None:
    plain: dict[str, set[str]] = {}
    groups = http.get("/apis").json()["groups"]
    paths = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    for path in paths:
        found = http.get(path).json()
        names = {resource["name"]: resource for resource in found["resources"]}
        plain[found["groupVersion"]] = set(names)
    assert {"services", "services/status", "pods/binding", "pods/proxy"} <= plain["v1"]
    assert {"deployments", "deployments/scale"} <= plain["apps/v1"]
    assert aggregated(http) == plain


def aggregated(http: httpx.Client) -> dict[str, set[str]]:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    found: dict[str, set[str]] = {}
    for path in ("/api", "/apis"):
        answer = http.get(path, headers={"Accept": accept})
        assert answer.headers["Content-Type"].endswith("as=APIGroupDiscoveryList")
        for group in answer.json()["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                key = f"{name}/{version['version']}" if name else version["version"]
                found[key] = {path for one in version["resources"] for path in paths_of(one)}
    return found


def paths_of(resource: Any) -> list[str]:
    name: str = resource["resource"]
    return [name, *(f"{name}/{sub['subresource']}" for sub in resource.get("subresources", []))]


def test_openapi_describes_every_kind(http: httpx.Client) -> None:
    index = http.get("/openapi/v3").json()["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/discovery.k8s.io/v1"} <= set(index)
    core = http.get(index["api/v1"]["serverRelativeURL"]).json()
    schemas = core["components"]["schemas"]
    port = schemas["io.k8s.api.core.v1.ServicePort"]["properties"]["nodePort"]
    assert port["description"].startswith("The port on each node")
    assert (port["type"], port["format"]) == ("integer", "int32")
    ports = schemas["io.k8s.api.core.v1.ServiceSpec"]["properties"]["ports"]
    assert ports["x-kubernetes-list-map-keys"] == ["port", "protocol"]
    assert ports["x-kubernetes-patch-merge-key"] == "port"
    path = core["paths"]["/api/v1/namespaces/{namespace}/services/{name}"]
    names = [parameter["name"] for parameter in path["patch"]["parameters"]]
    assert "fieldValidation" in names
    assert unresolved(core, "#/components/schemas/", schemas) == set()
    second = http.get("/openapi/v2").json()
    assert unresolved(second, "#/definitions/", second["definitions"]) == set()


def unresolved(document: Any, prefix: str, schemas: Object) -> set[str]:
    """References that lead nowhere."""
    text = json.dumps(document)
    found = {part.split('"')[0] for part in text.split(f'"$ref": "{prefix}')[1:]}
    assert found, "a document without references proves nothing"
    return found - set(schemas)


def test_metrics_tell_the_feature_gates_to_those_who_may_ask(http: httpx.Client) -> None:
    told = http.get("/metrics")
    assert told.headers["Content-Type"].startswith("text/plain")
    line = 'kubernetes_feature_enabled{name="PreferSameTrafficDistribution",stage=""} 1'
    assert line in told.text.splitlines()
    assert "/metrics" in http.get("/").json()["paths"]
