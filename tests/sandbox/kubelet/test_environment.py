"""Environment variables: those of Services, and who gets them."""

import pytest

from kubeproof.sandbox.kubelet.environment import environment, of_service, told_to
from kubeproof.sandbox.objects import Object, name_of


def service(name: str, namespace: str = "shop", address: str = "10.96.0.7") -> Object:
    ports = [{"name": "web", "port": 9000, "protocol": "TCP"}, {"name": "dns", "port": 53}]
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterIP": address, "ports": ports},
    }


def pod(**spec: object) -> Object:
    return {
        "metadata": {"name": "pod-1", "namespace": "shop", "uid": "u"},
        "spec": {"nodeName": "k8s-node1", **spec},
    }


THERE = [
    service("svc-1"),
    service("svc-elsewhere", "other"),
    service("svc-headless", address="None"),
    service("kubernetes", "default"),
]


def test_a_service_has_the_variables_that_the_documentation_names() -> None:
    assert dict(of_service(service("svc-1"))) == {
        "SVC_1_SERVICE_HOST": "10.96.0.7",
        "SVC_1_SERVICE_PORT": "9000",
        "SVC_1_SERVICE_PORT_WEB": "9000",
        "SVC_1_SERVICE_PORT_DNS": "53",
        "SVC_1_PORT": "tcp://10.96.0.7:9000",
        "SVC_1_PORT_9000_TCP": "tcp://10.96.0.7:9000",
        "SVC_1_PORT_9000_TCP_PROTO": "tcp",
        "SVC_1_PORT_9000_TCP_PORT": "9000",
        "SVC_1_PORT_9000_TCP_ADDR": "10.96.0.7",
        "SVC_1_PORT_53_TCP": "tcp://10.96.0.7:53",
        "SVC_1_PORT_53_TCP_PROTO": "tcp",
        "SVC_1_PORT_53_TCP_PORT": "53",
        "SVC_1_PORT_53_TCP_ADDR": "10.96.0.7",
    }


@pytest.mark.parametrize(
    ("links", "faults", "told"),
    [
        (None, (), ["svc-1", "kubernetes"]),
        (True, (), ["svc-1", "kubernetes"]),
        (False, (), ["kubernetes"]),
        (False, ("service-links-forced",), ["svc-1", "kubernetes"]),
        (None, ("service-links-missing",), ["kubernetes"]),
    ],
)
def test_a_pod_is_told_of_its_namespace_and_of_the_api(
    links: bool | None, faults: tuple[str, ...], told: list[str]
) -> None:
    asked = pod() if links is None else pod(enableServiceLinks=links)
    assert [name_of(one) for one in told_to(asked, THERE, faults)] == told


def test_variables_of_its_own_win_and_may_name_fields() -> None:
    own = [
        {"name": "SVC_1_SERVICE_HOST", "value": "mine"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]
    found = environment(pod(), {"env": own}, "pod-1", "10.244.1.2", [service("svc-1")])
    assert found["SVC_1_SERVICE_HOST"] == "mine"
    assert found["NODE"] == "k8s-node1"
    assert found["HOSTNAME"] == "pod-1"
    assert "SECRET" not in found
