"""The API as kubectl meets it; skipped where there is no kubectl."""

import json
import shutil
import subprocess
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.sandbox.api.objects import deployment, pod, service
from tests.sandbox.api.running import running_api

KUBECTL = shutil.which("kubectl")

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl on this machine")


class Kubectl:
    """Runs kubectl against one server."""

    def __init__(self, home: Path, kubeconfig: str) -> None:
        self.home = home
        config = home / "config"
        config.write_text(kubeconfig)
        self.environment = {"KUBECONFIG": str(config), "HOME": str(home), "PATH": "/usr/bin:/bin"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        assert KUBECTL is not None
        return subprocess.Popen(
            [KUBECTL, *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, given: object = None) -> str:
        """What kubectl prints; ``given`` becomes its standard input, as JSON."""
        code, out, err = self.outcome(*arguments, given=given)
        assert code == 0, err
        return out

    def outcome(self, *arguments: str, given: object = None) -> tuple[int, str, str]:
        text = "" if given is None else json.dumps(given)
        process = self.start(*arguments)
        out, err = process.communicate(text, timeout=20)
        return process.returncode, out, err

    def refused(self, *arguments: str, given: object = None) -> str:
        """What kubectl complains of."""
        code, _, err = self.outcome(*arguments, given=given)
        assert code != 0
        return err


@pytest.fixture
def kubectl(tmp_path: Path) -> Generator[Kubectl]:
    with running_api(trusting=True) as api:
        yield Kubectl(tmp_path, api.kubeconfig())


def test_apply_on_the_clients_side(kubectl: Kubectl) -> None:
    config = service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}])
    assert kubectl("apply", "-f", "-", given=config) == "service/web created\n"
    assert kubectl("apply", "-f", "-", given=config) == "service/web unchanged\n"
    less = service(ports=[{"port": 80, "name": "a"}], selector={"app": "other"})
    assert kubectl("apply", "-f", "-", given=less) == "service/web configured\n"
    found = json.loads(kubectl("get", "svc", "web", "-o", "json"))
    assert [port["port"] for port in found["spec"]["ports"]] == [80]
    assert found["spec"]["selector"] == {"app": "other"}
    assert kubectl("diff", "-f", "-", given=less) == ""


def test_apply_on_the_servers_side(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    assert kubectl(*apply, given=service()) == "service/web serverside-applied\n"
    other = service(selector={"app": "other"})
    named = (*apply, "--field-manager=other")
    complaint = kubectl.refused(*named, given=other)
    assert 'conflict with "kubectl": .spec.selector' in complaint
    forced = kubectl(*named, "--force-conflicts", given=other)
    assert forced == "service/web serverside-applied\n"


def test_get_prints_the_columns_of_the_server(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=service())
    plain, wide = kubectl("get", "svc").split("\n"), kubectl("get", "svc", "-o", "wide").split("\n")
    assert plain[0].split() == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]
    assert plain[1].split()[:5] == ["web", "ClusterIP", "10.96.0.1", "<none>", "80/TCP"]
    assert wide[0].split()[-1] == "SELECTOR"
    assert wide[1].split()[-1] == "app=web"
    everything = kubectl("get", "all", "-A")
    assert "service/web" in everything
    assert kubectl("get", "svc", "-o", "name") == "service/web\n"
    assert kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}") == "10.96.0.1"


def test_describe_tells_of_service_and_deployment(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=service())
    kubectl("create", "-f", "-", given=deployment())
    assert "Selector:                 app=web" in kubectl("describe", "svc", "web")
    assert "Replicas:           2 desired" in kubectl("describe", "deploy", "web")


def test_objects_are_changed_in_every_way(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=service())
    kubectl("label", "svc", "web", "a=b")
    kubectl("annotate", "svc", "web", "c=d")
    operation = '[{"op":"add","path":"/spec/ports/0/name","value":"http"}]'
    kubectl("patch", "svc", "web", "--type=json", "-p", operation)
    kubectl("patch", "svc", "web", "--type=merge", "-p", '{"spec":{"selector":{"app":"green"}}}')
    strategic = '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'
    kubectl("patch", "svc", "web", "-p", strategic)
    status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}'
    kubectl("patch", "svc", "web", "--subresource=status", "--type=merge", "-p", status)
    found = json.loads(kubectl("get", "svc", "web", "-o", "json"))
    assert found["metadata"]["labels"] == {"a": "b"}
    assert found["metadata"]["annotations"] == {"c": "d"}
    assert found["spec"]["ports"] == [
        {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}
    ]
    assert found["spec"]["selector"] == {"app": "green"}
    assert found["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.1"}]
    found["spec"]["selector"] = {"app": "blue"}
    assert kubectl("replace", "-f", "-", given=found) == "service/web replaced\n"
    found["metadata"]["labels"] = {"late": "x"}
    assert "the object has been modified" in kubectl.refused("replace", "-f", "-", given=found)


def test_edit_changes_an_object(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl("create", "-f", "-", given=service())
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/targetPort: 80/targetPort: 8080/" "$1"\n')
    editor.chmod(0o755)
    kubectl.environment["EDITOR"] = str(editor)
    assert kubectl("edit", "svc", "web") == "service/web edited\n"
    port = kubectl("get", "svc", "web", "-o", "jsonpath={.spec.ports[0].targetPort}")
    assert port == "8080"


def test_workloads_are_exposed_and_scaled(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=deployment())
    assert kubectl("expose", "deploy", "web", "--port=80") == "service/web exposed\n"
    assert kubectl("get", "svc", "web", "-o", "jsonpath={.spec.selector}") == '{"app":"web"}'
    assert kubectl("scale", "deploy", "web", "--replicas=5") == "deployment.apps/web scaled\n"
    assert kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "5"
    kubectl("set", "image", "deploy/web", "main=agnhost:2")
    kubectl("rollout", "restart", "deploy", "web")
    image = "jsonpath={.spec.template.spec.containers[0].image}"
    assert kubectl("get", "deploy", "web", "-o", image) == "agnhost:2"


def test_wait_and_watch_follow_changes(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", given=pod())
    waiting = kubectl.start("wait", "--for=condition=Ready", "pod/one", "--timeout=15s")
    watching = kubectl.start("get", "pods", "-w", "-o", "name")
    assert watching.stdout is not None
    assert watching.stdout.readline() == "pod/one\n"
    ready = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
    kubectl("patch", "pod", "one", "--subresource=status", "--type=merge", "-p", ready)
    assert waiting.communicate(timeout=20)[0] == "pod/one condition met\n"
    assert watching.stdout.readline() == "pod/one\n"
    watching.kill()
    watching.communicate(timeout=10)


def test_delete_waits_until_the_object_is_gone(kubectl: Kubectl) -> None:
    held = service()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    kubectl("create", "-f", "-", given=held)
    deleting = kubectl.start("delete", "svc", "web", "--timeout=15s")
    deadline = time.monotonic() + 10
    path = "jsonpath={.metadata.deletionTimestamp}"
    while not kubectl("get", "svc", "web", "-o", path):
        assert time.monotonic() < deadline
    assert deleting.poll() is None
    kubectl("patch", "svc", "web", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    assert deleting.communicate(timeout=20)[0] == 'service "web" deleted\n'
    kubectl("create", "-f", "-", given=service("a"))
    kubectl("create", "-f", "-", given=service("b"))
    assert kubectl("delete", "svc", "--all").count("deleted") == 2


def test_explain_and_api_resources_tell_what_there_is(kubectl: Kubectl) -> None:
    explained = kubectl("explain", "service.spec.ports.nodePort")
    assert "FIELD: nodePort <integer>" in explained
    assert "The port on each node on which this service is exposed" in explained
    assert "clusterIPs\t<[]string>" in kubectl("explain", "service.spec")
    assert "maxSurge" in kubectl("explain", "deploy.spec.strategy", "--recursive")
    listed = kubectl("api-resources", "-o", "name")
    assert {"services", "deployments.apps", "endpointslices.discovery.k8s.io"} <= set(
        listed.split()
    )
    assert "Server Version: v1.36.2" in kubectl("version")


def test_mistakes_are_explained(kubectl: Kubectl) -> None:
    wrong = service(ports=[{"port": "http"}])
    assert "cannot unmarshal string into Go struct field ServicePort.spec.ports.port" in (
        kubectl.refused("create", "-f", "-", given=wrong)
    )
    unknown = service(selectr={"a": "b"})
    assert 'strict decoding error: unknown field "spec.selectr"' in (
        kubectl.refused("create", "-f", "-", given=unknown)
    )
    assert "must be between 1 and 65535, inclusive" in (
        kubectl.refused("create", "-f", "-", given=service(ports=[{"port": 0}]))
    )
    assert 'services "web" not found' in kubectl.refused("get", "svc", "web")
    assert "field label not supported: spec.foo" in (
        kubectl.refused("get", "svc", "--field-selector=spec.foo=1")
    )


def test_generators_send_protobuf_and_are_understood(kubectl: Kubectl) -> None:
    assert kubectl("create", "namespace", "x") == "namespace/x created\n"
    kubectl("create", "service", "nodeport", "np", "--tcp=80:8080", "-n", "x")
    port = json.loads(kubectl("get", "svc", "np", "-n", "x", "-o", "json"))["spec"]["ports"][0]
    assert port == {"name": "80-8080", "port": 80, "protocol": "TCP", "targetPort": 8080}
    kubectl("create", "deployment", "d", "--image=agnhost", "--replicas=2", "--port=80")
    spec = json.loads(kubectl("get", "deploy", "d", "-o", "json"))["spec"]
    assert (spec["replicas"], spec["selector"]) == (2, {"matchLabels": {"app": "d"}})
    kubectl("create", "configmap", "c", "--from-literal=a=b")
    assert kubectl("get", "cm", "c", "-o", "jsonpath={.data}") == '{"a":"b"}'
    kubectl("create", "secret", "generic", "s", "--from-literal=a=b")
    assert kubectl("get", "secret", "s", "-o", "jsonpath={.data}") == '{"a":"Yg=="}'
    kubectl("create", "serviceaccount", "sa")
    assert kubectl("auth", "can-i", "create", "pods") == "yes\n"


def test_pods_are_drained_from_a_node(kubectl: Kubectl) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "k8s-node1"}}
    kubectl("create", "-f", "-", given=node)
    kubectl("create", "-f", "-", given=pod(nodeName="k8s-node1", terminationGracePeriodSeconds=0))
    drained = kubectl("drain", "k8s-node1", "--force", "--timeout=15s")
    assert "evicting pod default/one" in drained
    assert kubectl("get", "nodes").split("\n")[1].split()[1] == "Unknown,SchedulingDisabled"
    kubectl("uncordon", "k8s-node1")
