"""The cluster's DNS as kubeadm deploys it: CoreDNS behind the Service kube-dns.

Source: "DNS for Services and Pods" in the Kubernetes documentation; kubeadm's manifests.
"""

from kubeproof.sandbox.objects import Object

IMAGE = "registry.k8s.io/coredns/coredns:v1.12.1"
NAMESPACE = "kube-system"
LABELS = {"k8s-app": "kube-dns"}
PORTS: tuple[tuple[str, int, str], ...] = (
    ("dns", 53, "UDP"),
    ("dns-tcp", 53, "TCP"),
)


def dns_service(address: str) -> Object:
    """The Service kube-dns, under the address that every Pod's resolv.conf names."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kube-dns",
            "namespace": NAMESPACE,
            "labels": {
                **LABELS,
                "kubernetes.io/cluster-service": "true",
                "kubernetes.io/name": "CoreDNS",
            },
        },
        "spec": {
            "clusterIP": address,
            "selector": dict(LABELS),
            "ports": [
                {"name": name, "port": port, "protocol": protocol, "targetPort": port}
                for name, port, protocol in PORTS
            ],
        },
    }


def dns_deployment() -> Object:
    """The Deployment coredns, with one replica: the sandbox has nothing to be redundant about."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": NAMESPACE, "labels": dict(LABELS)},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(LABELS)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": dict(LABELS)},
                "spec": {
                    "containers": [_container()],
                    "dnsPolicy": "Default",
                    "priorityClassName": "system-cluster-critical",
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
                },
            },
        },
    }


def _container() -> Object:
    return {
        "name": "coredns",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": name, "containerPort": port, "protocol": protocol}
            for name, port, protocol in PORTS
        ],
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": 8080},
            "initialDelaySeconds": 60,
            "timeoutSeconds": 5,
            "failureThreshold": 5,
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 2},
    }
