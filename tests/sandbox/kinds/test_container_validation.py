"""What is refused in a container of a new Pod, with the API server's fields, wording and order."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

C = "spec.containers[0]"


CONTAINER: list[tuple[str, Object, list[str]]] = [
    ("no name", {"name": ""}, [f"{C}.name: Required value"]),
    (
        "padded image",
        {"image": " x"},
        [f'{C}.image: Invalid value: " x": must not have leading or trailing whitespace'],
    ),
    (
        "pull policy",
        {"imagePullPolicy": "Sometimes"},
        [
            f'{C}.imagePullPolicy: Unsupported value: "Sometimes": '
            'supported values: "Always", "IfNotPresent", "Never"'
        ],
    ),
    (
        "message policy",
        {"terminationMessagePolicy": "Shout"},
        [
            f'{C}.terminationMessagePolicy: Unsupported value: "Shout": '
            'supported values: "File", "FallbackToLogsOnError"'
        ],
    ),
    (
        "ports",
        {
            "ports": [
                {"name": "Web", "containerPort": 0},
                {"name": "web", "containerPort": 70000, "hostPort": -1},
                {"name": "web", "containerPort": 80, "protocol": "icmp"},
            ]
        },
        [
            f'{C}.ports[0].name: Invalid value: "Web": '
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
            f"{C}.ports[0].containerPort: Required value",
            f"{C}.ports[1].containerPort: Invalid value: 70000: "
            "must be between 1 and 65535, inclusive",
            f"{C}.ports[1].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive",
            f'{C}.ports[2].name: Duplicate value: "web"',
            f'{C}.ports[2].protocol: Unsupported value: "icmp": '
            'supported values: "SCTP", "TCP", "UDP"',
        ],
    ),
    (
        "host port twice",
        {"ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]},
        [f'{C}.ports[1].hostPort: Duplicate value: "TCP//80"'],
    ),
    (
        "environment",
        {
            "env": [
                {"value": "x"},
                {"name": "A=B"},
                {"name": "A", "valueFrom": {}},
                {
                    "name": "B",
                    "value": "x",
                    "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}},
                },
                {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "spec.foo"}}},
                {"name": "D", "valueFrom": {"configMapKeyRef": {"name": "c"}}},
                {"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}},
            ]
        },
        [
            f"{C}.env[0].name: Required value",
            f'{C}.env[1].name: Invalid value: "A=B": a valid environment variable name must '
            "consist only of printable ASCII characters other than '='",
            f'{C}.env[2].valueFrom: Invalid value: "": must specify one of: `fieldRef`, '
            "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
            f'{C}.env[3].valueFrom: Invalid value: "": '
            "may not be specified when `value` is not empty",
            f'{C}.env[4].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": '
            "error converting fieldPath: field label not supported: spec.foo",
            f"{C}.env[5].valueFrom.configMapKeyRef.key: Required value",
            f'{C}.env[6].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": '
            'supported values: "metadata.name", "metadata.namespace", "metadata.uid", '
            '"spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", '
            '"status.podIP", "status.podIPs"',
        ],
    ),
    (
        "environment from",
        {"envFrom": [{}, {"configMapRef": {}}]},
        [
            f'{C}.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
            f"{C}.envFrom[1].configMapRef.name: Required value",
        ],
    ),
    (
        "mount of a volume that is not there",
        {"volumeMounts": [{"name": "v", "mountPath": "/a"}, {"name": "", "mountPath": "/a"}]},
        [
            f'{C}.volumeMounts[0].name: Not found: "v"',
            f"{C}.volumeMounts[1].name: Required value",
            f'{C}.volumeMounts[1].name: Not found: ""',
            f'{C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
        ],
    ),
    (
        "probe without handler",
        {"readinessProbe": {}},
        [f"{C}.readinessProbe: Required value: must specify a handler type"],
    ),
    (
        "probes",
        {
            "livenessProbe": {"tcpSocket": {"port": 0}, "successThreshold": 2},
            "readinessProbe": {
                "httpGet": {"port": 80, "scheme": "FTP"},
                "exec": {"command": ["x"]},
                "periodSeconds": -1,
                "terminationGracePeriodSeconds": 5,
            },
        },
        [
            f"{C}.livenessProbe.tcpSocket.port: Invalid value: 0: "
            "must be between 1 and 65535, inclusive",
            f"{C}.livenessProbe.successThreshold: Invalid value: 2: must be 1",
            f"{C}.readinessProbe.httpGet: Forbidden: may not specify more than 1 handler type",
            f"{C}.readinessProbe.periodSeconds: Invalid value: -1: "
            "must be greater than or equal to 0",
            f"{C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: "
            "must not be set for readinessProbes",
        ],
    ),
    (
        "sleeping longer than the grace period",
        {"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}},
        [
            f"{C}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than "
            "terminationGracePeriodSeconds (30)"
        ],
    ),
    (
        "resources",
        {
            "resources": {
                "limits": {"cpu": "1", "memory": "-1", "disk": "1"},
                "requests": {"cpu": "2", "example.com/gpu": "1"},
            }
        },
        [
            f'{C}.resources.limits[disk]: Invalid value: "disk": '
            "must be a standard resource type or fully qualified",
            f'{C}.resources.limits[disk]: Invalid value: "disk": '
            "must be a standard resource for containers",
            f'{C}.resources.limits[memory]: Invalid value: "-1": '
            "must be greater than or equal to 0",
            f'{C}.resources.requests: Invalid value: "2": '
            "must be less than or equal to cpu limit of 1",
            f'{C}.resources.requests[disk]: Invalid value: "disk": '
            "must be a standard resource type or fully qualified",
            f'{C}.resources.requests[disk]: Invalid value: "disk": '
            "must be a standard resource for containers",
            f"{C}.resources.limits: Required value: "
            "Limit must be set for non overcommitable resources",
            f'{C}.resources.requests[memory]: Invalid value: "-1": '
            "must be greater than or equal to 0",
        ],
    ),
    (
        "user",
        {"securityContext": {"runAsUser": -1}},
        [
            f"{C}.securityContext.runAsUser: Invalid value: -1: "
            "must be between 0 and 2147483647, inclusive"
        ],
    ),
]


@pytest.mark.parametrize(
    ("container", "expected"), [pytest.param(*row[1:], id=row[0]) for row in CONTAINER]
)
def test_container_refused(cluster: Cluster, container: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.pod(container)
    assert causes(refusal.value) == expected
