from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubeproof.sandbox.api.age import age, human
from kubeproof.sandbox.api.cells import cells
from kubeproof.sandbox.api.columns import COLUMNS
from kubeproof.sandbox.objects import Object, now

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (2 * MINUTE, "2m"),
        (2 * MINUTE + 5, "2m5s"),
        (10 * MINUTE + 5, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 20 * MINUTE, "3h20m"),
        (8 * HOUR + 20 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (2 * DAY + 5 * HOUR, "2d5h"),
        (8 * DAY + 5 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (731 * DAY, "2y1d"),
        (9 * 365 * DAY, "9y"),
    ],
)
def test_durations_are_shown_as_kubectl_shows_them(seconds: int, text: str) -> None:
    assert human(seconds) == text


def test_ages_count_from_a_time() -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=5, seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert age(long_ago) == "5h"
    assert age(None) == "<unknown>"


def named(**more: Any) -> Object:
    return {"metadata": {"name": "a", "creationTimestamp": now()}, **more}


def service(type_: str, **more: Any) -> Object:
    spec: Object = {"type": type_, "clusterIPs": ["10.96.0.1"], "ports": [], **more}
    return named(spec=spec, status={"loadBalancer": {}})


SERVICES: list[tuple[Object, tuple[int, Any]]] = [
    (service("ClusterIP"), (3, "<none>")),
    (service("ClusterIP", externalIPs=["192.0.2.1", "192.0.2.2"]), (3, "192.0.2.1,192.0.2.2")),
    (service("LoadBalancer"), (3, "<pending>")),
    (service("ExternalName", externalName="example.com", clusterIPs=[]), (3, "example.com")),
    (service("ExternalName", clusterIPs=[]), (2, "<none>")),
    (service("ClusterIP", clusterIPs=["None"]), (2, "None")),
    (service("ClusterIP"), (4, "<none>")),
    (
        service(
            "NodePort",
            ports=[
                {"port": 80, "nodePort": 30080, "protocol": "TCP"},
                {"port": 53, "protocol": "UDP"},
            ],
        ),
        (4, "80:30080/TCP,53/UDP"),
    ),
    (service("ClusterIP", selector={"b": "2", "a": "1"}), (6, "a=1,b=2")),
]


@pytest.mark.parametrize(("obj", "expected"), SERVICES)
def test_services_show_how_they_are_reached(obj: Object, expected: tuple[int, Any]) -> None:
    column, text = expected
    assert cells("services", obj)[column] == text


def test_a_load_balancer_shows_its_addresses_in_order() -> None:
    obj = service("LoadBalancer", externalIPs=["192.0.2.9"])
    obj["status"]["loadBalancer"]["ingress"] = [{"hostname": "lb.example"}, {"ip": "192.0.2.1"}]
    assert cells("services", obj)[3] == "192.0.2.1,lb.example,192.0.2.9"


def running(name: str = "c", ready: bool = True, **more: Any) -> Object:
    return {"name": name, "ready": ready, "restartCount": 0, "state": {"running": {}}, **more}


def ended(reason: str = "", code: int = 0, **more: Any) -> Object:
    return running(ready=False) | {
        "state": {"terminated": {"exitCode": code, "reason": reason}},
        **more,
    }


def waiting(reason: str) -> Object:
    return running(ready=False) | {"state": {"waiting": {"reason": reason}}}


READY = [{"type": "Ready", "status": "True"}, {"type": "Initialized", "status": "True"}]


def pod(*statuses: Object, phase: str = "Running", **more: Any) -> Object:
    status: Object = {"phase": phase, "containerStatuses": list(statuses), "conditions": READY}
    containers = [{"name": found["name"]} for found in statuses]
    return named(spec={"containers": containers}, status=status | more)


PODS: list[tuple[Object, list[str]]] = [
    (pod(phase="Pending"), ["0/0", "Pending", "0"]),
    (pod(running(), running("d", ready=False)), ["1/2", "Running", "0"]),
    (pod(waiting("ErrImagePull"), phase="Pending"), ["0/1", "ErrImagePull", "0"]),
    (pod(ended("Completed"), phase="Succeeded"), ["0/1", "Completed", "0"]),
    (pod(ended("Completed"), running()), ["1/2", "Running", "0"]),
    (pod(ended("Error", 1), running()), ["1/2", "Error", "0"]),
    (pod(ended("", 137)), ["0/1", "ExitCode:137", "0"]),
    (pod(running(restartCount=3)), ["1/1", "Running", "3"]),
    (pod(reason="Evicted", phase="Failed"), ["0/0", "Evicted", "0"]),
]


@pytest.mark.parametrize(("obj", "expected"), PODS)
def test_pods_show_one_word_for_their_state(obj: Object, expected: list[str]) -> None:
    assert cells("pods", obj)[1:4] == expected


def test_a_pod_that_was_asked_to_go_is_terminating() -> None:
    going = pod(running())
    going["metadata"]["deletionTimestamp"] = now()
    assert cells("pods", going)[2] == "Terminating"
    done = pod(ended("Completed"), phase="Succeeded")
    done["metadata"]["deletionTimestamp"] = now()
    assert cells("pods", done)[2] == "Completed"


def test_a_restart_is_shown_with_its_time() -> None:
    last = {"terminated": {"exitCode": 1, "finishedAt": now()}}
    assert cells("pods", pod(running(restartCount=2, lastState=last)))[3] in (
        "2 (0s ago)",
        "2 (1s ago)",
    )


def test_init_containers_come_first() -> None:
    init = pod(waiting("PodInitializing"), phase="Pending", conditions=[])
    init["spec"]["initContainers"] = [{"name": "i"}, {"name": "j"}]
    init["status"]["initContainerStatuses"] = [
        ended("Completed") | {"name": "i"},
        running("j", ready=False),
    ]
    assert cells("pods", init)[1:3] == ["0/1", "Init:1/2"]
    init["status"]["initContainerStatuses"][1] = ended("Error", 1) | {"name": "j"}
    assert cells("pods", init)[2] == "Init:Error"


def test_wide_columns_of_a_pod() -> None:
    obj = pod(running(), podIPs=[{"ip": "10.244.1.2"}])
    obj["spec"] |= {
        "nodeName": "k8s-node1",
        "readinessGates": [{"conditionType": "x"}, {"conditionType": "Ready"}],
    }
    assert cells("pods", obj)[5:] == ["10.244.1.2", "k8s-node1", "<none>", "1/2"]


def test_nodes_show_whether_they_are_ready() -> None:
    node = named(
        spec={"unschedulable": True},
        status={
            "conditions": [{"type": "Ready", "status": "False"}],
            "addresses": [{"type": "InternalIP", "address": "172.30.0.11"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2", "kernelVersion": "6", "architecture": "x"},
        },
    )
    node["metadata"]["labels"] = {"node-role.kubernetes.io/worker": ""}
    shown = cells("nodes", node)
    assert shown[1:3] == ["NotReady,SchedulingDisabled", "worker"]
    assert shown[4:] == ["v1.36.2", "172.30.0.11", "<none>", "<unknown>", "6 (x)", "<unknown>"]


def test_endpoints_show_three_and_count_the_rest() -> None:
    addresses = [{"ip": f"10.0.0.{n}"} for n in range(1, 6)]
    subset = {"addresses": addresses, "ports": [{"port": 80}]}
    shown = cells("endpoints", named(subsets=[subset]))[1]
    assert shown == "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more..."
    assert cells("endpoints", named())[1] == "<none>"
    points = [{"addresses": [address["ip"]]} for address in addresses]
    slice_ = named(addressType="IPv4", endpoints=points, ports=[{"port": 80}, {"name": "x"}])
    assert cells("endpointslices", slice_)[1:4] == [
        "IPv4",
        "80,x",
        "10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...",
    ]
    assert cells("endpointslices", named(addressType="IPv4"))[2:4] == ["<unset>", "<unset>"]


def test_workloads_show_their_counts() -> None:
    template = {"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "j"}]}}
    labels = {"matchLabels": {"b": "c"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]}
    spec = {"replicas": 3, "template": template, "selector": labels}
    found = named(spec=spec, status={"readyReplicas": 2, "updatedReplicas": 1})
    assert cells("deployments", found)[1:4] == ["2/3", 1, 0]
    assert cells("deployments", found)[5:] == ["c,d", "i,j", "a,b=c"]
    assert cells("replicasets", found)[1:4] == [3, 0, 2]
    assert cells("daemonsets", found)[1:7] == [0, 0, 0, 0, 0, "<none>"]


def test_every_kind_has_a_cell_for_each_column() -> None:
    for resource, columns in COLUMNS.items():
        assert len(cells(resource, named())) == len(columns), resource
