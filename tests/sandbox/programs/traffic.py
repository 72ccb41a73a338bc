"""Start a sandbox, put a Service into it, and print what clients everywhere get from it."""

import json
import socket

from kubeproof.sandbox.client import Sandbox
from kubeproof.sandbox.objects import Object
from tests.sandbox.rest import Rest

TRIES = 30
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63"


def deployment(name: str, replicas: int) -> Object:
    container = {
        "name": "netexec",
        "image": IMAGE,
        "args": ["netexec"],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
    }
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(name: str, kind: str) -> Object:
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": kind, "selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def asked(sock: socket.socket, address: str, port: int, path: str = "/hostname") -> str:
    """The body of an answer, or the name of the error."""
    with sock:
        sock.settimeout(2)
        try:
            sock.connect((address, port))
            sock.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            with sock.makefile("rb") as answer:
                return answer.read().partition(b"\r\n\r\n")[2].decode()
        except OSError as error:
            return type(error).__name__


class Cluster:
    """A sandbox with three Pods behind one Service."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.rest = Rest(sandbox.api_url, sandbox.token)
        self.deployment = "/apis/apps/v1/namespaces/default/deployments/web"
        self.service = "/api/v1/namespaces/default/services/web"

    def create(self) -> Object:
        """The Service, with all its Pods ready and every node programmed."""
        self.rest.post(self.deployment.rpartition("/")[0], deployment("web", 3))
        self.rest.post(self.service.rpartition("/")[0], service("web", "LoadBalancer"))
        self.rest.wait(self.deployment, lambda it: it["status"].get("availableReplicas") == 3)
        ready = self.rest.wait(self.service, lambda it: it["status"]["loadBalancer"].get("ingress"))
        self.sandbox.settled()
        return ready

    def pods(self) -> list[Object]:
        return self.rest.get("/api/v1/namespaces/default/pods?labelSelector=app%3Dweb")["items"]

    def answers(self, namespace: str, address: str, port: int) -> list[str]:
        """Everybody who answered at least once, by name."""
        sockets = (self.sandbox.socket(namespace) for _ in range(TRIES))
        return sorted({asked(sock, address, port) for sock in sockets})


def main() -> None:
    with Sandbox.start() as sandbox:
        cluster = Cluster(sandbox)
        made = cluster.create()
        pods = [pod["metadata"]["name"] for pod in cluster.pods()]
        node_port = made["spec"]["ports"][0]["nodePort"]
        external = made["status"]["loadBalancer"]["ingress"][0]["ip"]
        virtual = made["spec"]["clusterIP"]
        found = {
            "way": sandbox.way,
            "boot": sandbox.boot_seconds,
            "pods": sorted(pods),
            "from a pod": cluster.answers(f"pod/default/{pods[0]}", virtual, 80),
            "from a node": cluster.answers("k8s-node3", virtual, 80),
            "from outside": cluster.answers("outside", virtual, 80),
            "load balancer": cluster.answers("outside", external, 80),
        }
        for node in sandbox.nodes:
            found[node.name] = cluster.answers("outside", node.address, node_port)
        print(json.dumps(found))


if __name__ == "__main__":
    main()
