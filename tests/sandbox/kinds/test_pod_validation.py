"""What is refused in a new Pod, with the API server's fields, wording and order."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

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
        cluster.pod(**spec)
    assert causes(refusal.value) == expected


def test_a_sidecar_may_be_probed(cluster: Cluster) -> None:
    sidecar = {
        "name": "s",
        "image": "x",
        "restartPolicy": "Always",
        "readinessProbe": {"tcpSocket": {"port": 80}},
    }
    created = cluster.pod(initContainers=[sidecar])
    assert created["spec"]["initContainers"][0]["restartPolicy"] == "Always"
