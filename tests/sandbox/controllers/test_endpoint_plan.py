"""Which endpoint a Pod makes."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.endpoint_plan import (
    desired_groups,
    endpoint_of,
    endpoint_ports,
    ports_key,
    target_port,
)
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import (
    by_name,
    deleted,
    stored_node,
    stored_pod,
    stored_service,
)


def conditions(ready: bool, serving: bool, terminating: bool) -> dict[str, bool]:
    return {"ready": ready, "serving": serving, "terminating": terminating}


@pytest.mark.parametrize(
    ("is_ready", "is_deleted", "publish", "expected"),
    [
        (True, False, False, conditions(True, True, False)),
        (False, False, False, conditions(False, False, False)),
        (True, True, False, conditions(False, True, True)),
        (False, True, False, conditions(False, False, True)),
        (False, False, True, conditions(True, False, False)),
        (True, True, True, conditions(True, True, True)),
    ],
)
def test_conditions(is_ready: bool, is_deleted: bool, publish: bool, expected: Object) -> None:
    pod = stored_pod("p", ready=is_ready)
    service = stored_service(publishNotReadyAddresses=publish)
    endpoint = endpoint_of(service, deleted(pod) if is_deleted else pod, stored_node(), "IPv4")
    assert endpoint["conditions"] == expected


def test_endpoint_names_pod_node_and_zone() -> None:
    endpoint = endpoint_of(stored_service(), stored_pod("p"), stored_node(), "IPv4")
    assert endpoint == {
        "addresses": ["10.244.1.2"],
        "conditions": conditions(True, True, False),
        "targetRef": {"kind": "Pod", "namespace": "test", "name": "p", "uid": "uid-p"},
        "nodeName": "n1",
        "zone": "z1",
    }


@pytest.mark.parametrize(("subdomain", "hostname"), [("s", "web-0"), ("other", None), ("", None)])
def test_hostname_only_below_the_subdomain_of_the_service(
    subdomain: str, hostname: str | None
) -> None:
    pod = stored_pod("p", spec={"hostname": "web-0", "subdomain": subdomain})
    endpoint = endpoint_of(stored_service("s"), pod, stored_node(), "IPv4")
    assert endpoint.get("hostname") == hostname


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"port": 80, "targetPort": 8080}, 8080),
        ({"port": 80, "targetPort": "http"}, 8080),
        ({"port": 80, "targetPort": "http", "protocol": "UDP"}, None),
        ({"port": 80, "targetPort": "missing"}, None),
        ({"port": 80, "targetPort": "side"}, 9000),
        ({"port": 80, "targetPort": "init"}, None),
    ],
)
def test_target_port(port: Object, expected: int | None) -> None:
    side = {"name": "s", "restartPolicy": "Always"}
    pod = stored_pod(
        "p",
        spec={
            "initContainers": [
                side | {"ports": [{"name": "side", "containerPort": 9000}]},
                {"name": "i", "ports": [{"name": "init", "containerPort": 9001}]},
            ]
        },
    )
    assert target_port(pod, port) == expected


def test_ports_carry_name_and_app_protocol() -> None:
    ports = [{"name": "w", "port": 80, "targetPort": 1, "protocol": "TCP", "appProtocol": "http"}]
    assert endpoint_ports(stored_service(ports=ports), stored_pod("p")) == [
        {"name": "w", "protocol": "TCP", "port": 1, "appProtocol": "http"}
    ]


def test_ports_are_the_same_in_any_order() -> None:
    one, other = {"name": "a", "port": 1}, {"name": "b", "port": 2, "protocol": "UDP"}
    assert ports_key([one, other]) == ports_key([other, one])
    assert ports_key([one]) != ports_key([one | {"protocol": "UDP"}])


@pytest.mark.parametrize(
    ("pod", "spec", "count"),
    [
        (stored_pod("p"), {}, 1),
        (stored_pod("p", ""), {}, 0),
        (stored_pod("p", status={"phase": "Succeeded"}), {}, 0),
        (stored_pod("p", status={"phase": "Failed"}), {}, 0),
        (stored_pod("p", node="gone"), {}, 0),
        (stored_pod("p", node="gone"), {"publishNotReadyAddresses": True}, 1),
        (stored_pod("p", "fd00::1"), {}, 0),
        (stored_pod("p"), {"ports": [], "clusterIP": "None"}, 1),
    ],
)
def test_which_pods_become_endpoints(pod: Object, spec: dict[str, Any], count: int) -> None:
    groups = desired_groups(stored_service(**spec), [pod], by_name(stored_node()), "IPv4")
    assert sum(len(group.endpoints) for group in groups.values()) == count


def test_pods_that_name_different_ports_are_in_different_groups() -> None:
    other = stored_pod("q", "10.244.1.3")
    other["spec"]["containers"][0]["ports"][0]["containerPort"] = 9090
    service = stored_service(ports=[{"port": 80, "targetPort": "http", "protocol": "TCP"}])
    groups = desired_groups(service, [stored_pod("p"), other], by_name(stored_node()), "IPv4")
    assert [group.ports[0]["port"] for group in groups.values()] == [8080, 9090]
