"""What is refused in a new Pod, with the API server's fields, wording and order."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

C = "spec.containers[0]"


def pod(cluster: Cluster, container: Object, spec: Object, writer: Writer | None = None) -> Object:
    whole = {
        "automountServiceAccountToken": False,
        "containers": [{"name": "c", "image": "x:1", **container}],
        **spec,
    }
    return cluster.create("pods", {"spec": whole}, writer=writer)


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
        pod(cluster, container, {})
    assert causes(refusal.value) == expected


SPEC: list[tuple[str, Object, list[str]]] = [
    (
        "two containers of one name",
        {"containers": [{"name": "c", "image": "x"}, {"name": "c", "image": "x"}]},
        ['spec.containers[1].name: Duplicate value: "c"'],
    ),
    (
        "init container",
        {
            "initContainers": [
                {"name": "c", "image": "x", "readinessProbe": {"exec": {"command": ["x"]}}}
            ]
        },
        [
            'spec.initContainers[0].name: Duplicate value: "c"',
            "spec.initContainers[0].readinessProbe: Forbidden: "
            "may not be set for init containers without restartPolicy=Always",
        ],
    ),
    (
        "restart policy",
        {"restartPolicy": "Maybe"},
        [
            'spec.restartPolicy: Unsupported value: "Maybe": '
            'supported values: "Always", "OnFailure", "Never"'
        ],
    ),
    (
        "dns policy",
        {"dnsPolicy": "None"},
        ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ),
    (
        "dns config",
        {
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["x"], "searches": ["a..b"], "options": [{}]},
        },
        [
            'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, '
            "(e.g. 10.9.8.7 or 2001:db8::ffff)",
            'spec.dnsConfig.searches[0]: Invalid value: "a..b": a lowercase RFC 1123 subdomain '
            "must consist of lower case alphanumeric characters, '_', '-' or '.', and must start "
            "and end with an alphanumeric character (e.g. 'example.com', regex used for "
            "validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
            "(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
            "spec.dnsConfig.options[0]: Required value: must not be empty",
        ],
    ),
    (
        "host name",
        {"hostname": "a.b", "subdomain": "a.b"},
        [
            'spec.hostname: Invalid value: "a.b": must not contain dots',
            'spec.subdomain: Invalid value: "a.b": must not contain dots',
        ],
    ),
    (
        "host network with another port",
        {
            "hostNetwork": True,
            "containers": [
                {"name": "c", "image": "x", "ports": [{"containerPort": 80, "hostPort": 81}]}
            ],
        },
        [
            "spec.containers[0].ports[0].hostPort: Invalid value: 81: "
            "must match `containerPort` when `hostNetwork` is true"
        ],
    ),
    (
        "volumes",
        {"volumes": [{"name": "a"}, {"name": "a"}, {"name": "A"}, {"name": "b", "secret": {}}]},
        [
            'spec.volumes[1].name: Duplicate value: "a"',
            'spec.volumes[2].name: Invalid value: "A": a lowercase RFC 1123 label must consist of '
            "lower case alphanumeric characters or '-', and must start and end with an "
            "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            "spec.volumes[3].secret.secretName: Required value",
        ],
    ),
    (
        "two sources",
        {"volumes": [{"name": "a", "emptyDir": {}, "secret": {"secretName": "s"}}]},
        ["spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"],
    ),
    (
        "tolerations",
        {
            "tolerations": [
                {"operator": "Equal"},
                {"key": "a", "operator": "Exists", "value": "b"},
                {"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5},
                {"key": "a", "effect": "Never"},
            ]
        },
        [
            'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when '
            '`key` is empty, which means "match all values and all keys"',
            'spec.tolerations[1].operator: Invalid value: "b": '
            "value must be empty when `operator` is 'Exists'",
            'spec.tolerations[2].effect: Invalid value: "NoSchedule": '
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
            'spec.tolerations[3].effect: Unsupported value: "Never": '
            'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        ],
    ),
    (
        "affinity",
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}
                },
                "podAntiAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 101, "podAffinityTerm": {"topologyKey": "zone"}}
                    ]
                },
            }
        },
        [
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
            "nodeSelectorTerms: Required value: must have at least one node selector term",
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]."
            "weight: Invalid value: 101: must be in the range 1-100",
        ],
    ),
    (
        "spreading",
        {
            "topologySpreadConstraints": [
                {"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"},
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"},
            ]
        },
        [
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: "
            "must be greater than zero",
            "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: "
            'Duplicate value: "{zone, DoNotSchedule}"',
        ],
    ),
    (
        "ephemeral container",
        {"ephemeralContainers": [{"name": "e", "image": "x"}]},
        ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    ),
    (
        "gates and a node",
        {"nodeName": "n", "schedulingGates": [{"name": "g"}, {"name": "g"}]},
        [
            'spec.schedulingGates[1]: Duplicate value: "g"',
            "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
        ],
    ),
    (
        "hosts",
        {"hostAliases": [{"ip": "x", "hostnames": ["A"]}]},
        [
            'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, '
            "(e.g. 10.9.8.7 or 2001:db8::ffff)",
            'spec.hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 '
            "subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
            "start and end with an alphanumeric character (e.g. 'example.com', regex used for "
            "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ],
    ),
    (
        "deadline",
        {"activeDeadlineSeconds": 0},
        [
            "spec.activeDeadlineSeconds: Invalid value: 0: "
            "must be between 1 and 2147483647, inclusive"
        ],
    ),
    (
        "node selector",
        {"nodeSelector": {"a": "b c"}},
        [
            'spec.nodeSelector: Invalid value: "b c": a valid label must be an empty string or '
            "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
            "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ],
    ),
]


@pytest.mark.parametrize(("spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SPEC])
def test_spec_refused(cluster: Cluster, spec: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        pod(cluster, {}, spec)
    assert causes(refusal.value) == expected


def test_a_sidecar_may_be_probed(cluster: Cluster) -> None:
    sidecar = {
        "name": "s",
        "image": "x",
        "restartPolicy": "Always",
        "readinessProbe": {"tcpSocket": {"port": 80}},
    }
    created = pod(cluster, {}, {"initContainers": [sidecar]})
    assert created["spec"]["initContainers"][0]["restartPolicy"] == "Always"


WARNED: list[tuple[str, Object, Object, list[str]]] = [
    (
        "one port twice",
        {"ports": [{"containerPort": 80}, {"containerPort": 80}]},
        {},
        ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"],
    ),
    (
        "one port name in two containers",
        {"ports": [{"containerPort": 80, "name": "web"}]},
        {
            "containers": [
                {"name": "a", "image": "x", "ports": [{"containerPort": 80, "name": "web"}]},
                {"name": "b", "image": "x", "ports": [{"containerPort": 81, "name": "web"}]},
            ]
        },
        [
            'spec.containers[1].ports[0]: duplicate port name "web" with '
            "spec.containers[0].ports[0], services and probes that select ports by name will use "
            "spec.containers[0].ports[0]"
        ],
    ),
    (
        "variables",
        {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        {},
        [
            'spec.containers[0].env[1]: hides previous definition of "A", '
            "which may be dropped when using apply"
        ],
    ),
    (
        "negative grace",
        {},
        {"terminationGracePeriodSeconds": -1},
        [
            "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and "
            "will be treated as 1"
        ],
    ),
]


@pytest.mark.parametrize(
    ("container", "spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in WARNED]
)
def test_warnings(cluster: Cluster, container: Object, spec: Object, expected: list[str]) -> None:
    writer = Writer()
    pod(cluster, container, spec, writer)
    assert writer.warnings == expected


def test_a_name_with_dots_makes_a_poor_host_name(cluster: Cluster) -> None:
    writer = Writer()
    parts = {"spec": {"containers": [{"name": "c", "image": "x"}]}}
    cluster.create("pods", parts, name="a.b", writer=writer)
    assert writer.warnings == [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising "
        "behavior; a DNS label is recommended: [must not contain dots]"
    ]
