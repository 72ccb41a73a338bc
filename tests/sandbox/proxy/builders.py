"""Services and EndpointSlices of the tests, with as few words as possible."""

from dataclasses import dataclass, field
from typing import Any

from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.endpoints import NodeFacts

VIP = "172.30.0.200"
EXTERNAL_IP = "203.0.113.7"


def facts(number: int) -> NodeFacts:
    return NodeFacts(
        f"k8s-node{number}",
        f"172.30.0.{10 + number}",
        f"10.244.{number}.0/24",
        zone=f"zone-{number}",
    )


NODE1, NODE2, NODE3 = facts(1), facts(2), facts(3)


def port(number: int = 80, **extra: Any) -> Object:
    return {"port": number, "protocol": "TCP", **extra}


def service(
    name: str = "web", cluster_ip: str = "10.96.0.5", *ports: Object, **spec: Any
) -> Object:
    """A Service of namespace ``d``; ``ingress`` among the rest are load-balancer addresses."""
    ingress = spec.pop("ingress", [])
    labels = spec.pop("labels", {})
    return {
        "metadata": {"namespace": "d", "name": name, "labels": labels},
        "spec": {
            "clusterIP": cluster_ip,
            "type": "ClusterIP",
            "ports": list(ports) or [port()],
            **spec,
        },
        "status": {"loadBalancer": {"ingress": [_ingress(one) for one in ingress]}},
    }


def _ingress(one: "str | Object") -> Object:
    return {"ip": one, "ipMode": "VIP"} if isinstance(one, str) else one


def affinity(seconds: int) -> Object:
    return {
        "sessionAffinity": "ClientIP",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}},
    }


@dataclass(frozen=True)
class Pod:
    """An endpoint: its address (10.244.<node>.<host>) follows from node and host."""

    node: int
    host: int = 2
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    hints: Object = field(default_factory=dict[str, Any])
    address: str = ""

    def endpoint(self) -> Object:
        return {
            "addresses": [self.address or f"10.244.{self.node}.{self.host}"],
            "nodeName": f"k8s-node{self.node}",
            "conditions": {
                "ready": self.ready,
                "serving": self.serving,
                "terminating": self.terminating,
            },
            **({"hints": self.hints} if self.hints else {}),
        }


def zone_hint(number: int) -> Object:
    return {"forZones": [{"name": f"zone-{number}"}]}


def node_hint(number: int) -> Object:
    return {"forZones": [{"name": f"zone-{number}"}], "forNodes": [{"name": f"k8s-node{number}"}]}


def endpoint_slice(*pods: Pod, service: str = "web", **port_fields: Any) -> Object:
    """A slice for a Service; by default its unnamed port leads to 8080 on the Pods."""
    return {
        "metadata": {
            "namespace": "d",
            "name": f"{service}-{len(pods)}",
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 8080, "protocol": "TCP", **port_fields}],
        "endpoints": [pod.endpoint() for pod in pods],
    }


EVERYWHERE = (Pod(1), Pod(2), Pod(3))
