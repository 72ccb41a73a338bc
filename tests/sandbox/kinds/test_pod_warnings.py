"""What is said about Pods that are accepted."""

import pytest

from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster

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
    cluster.pod(container, writer=writer, **spec)
    assert writer.warnings == expected


def test_a_name_with_dots_makes_a_poor_host_name(cluster: Cluster) -> None:
    writer = Writer()
    parts = {"spec": {"containers": [{"name": "c", "image": "x"}]}}
    cluster.create("pods", parts, name="a.b", writer=writer)
    assert writer.warnings == [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising "
        "behavior; a DNS label is recommended: [must not contain dots]"
    ]
