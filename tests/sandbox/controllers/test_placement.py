"""Where the scheduler puts Pods."""

from typing import Any

import pytest

from kubeproof.sandbox.controllers.placement import Placement, place
from kubeproof.sandbox.controllers.pod_affinity import Neighbourhood
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import by_name, stored_node, stored_pod

NODES = [stored_node("n1", "z1"), stored_node("n2", "z2"), stored_node("n3", "z3")]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SELECTS_A = {"labelSelector": {"matchLabels": {"app": "a"}}}
EVERY_NODE = ("n1", "n2", "n3")
HOST = {"topologyKey": "kubernetes.io/hostname"}


def pending(**spec: Any) -> Object:
    return stored_pod("new", "", node="", spec={"nodeName": ""} | spec)


def placed(pod: Object, others: tuple[Object, ...] = (), nodes: list[Object] = NODES) -> Placement:
    around = Neighbourhood(by_name(*nodes), others, {})
    return place(pod, around, lambda other: other["metadata"]["labels"] == {"app": "a"})


def unschedulable(*reasons: str, preemption: str = "") -> str:
    unhelpful = "3 Preemption is not helpful for scheduling"
    nowhere = "0/3 nodes are available: "
    return (
        f"{nowhere}{', '.join(reasons)}. no new claims to deallocate, "
        f"preemption: {nowhere}{preemption or unhelpful}."
    )


NO_VICTIMS = "3 No preemption victims found for incoming pod"


def required(kind: str, *terms: Object) -> Object:
    return {"affinity": {kind: {REQUIRED: list(terms)}}}


def node_affinity(**requirement: Any) -> Object:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [requirement]}]}
    return {"affinity": {"nodeAffinity": {REQUIRED: terms}}}


def host_port(number: int, **port: Any) -> Object:
    return {"containers": [{"ports": [{"containerPort": 1, "hostPort": number} | port]}]}


def requests(**quantities: str) -> Object:
    return {"containers": [{"resources": {"requests": quantities}}]}


def cordoned(node: Object) -> Object:
    return node | {"spec": {"unschedulable": True}}


def tainted(node: Object, effect: str) -> Object:
    return node | {"spec": {"taints": [{"key": "k", "effect": effect}]}}


def on(node: str, name: str, app: str = "a", **spec: Any) -> Object:
    return stored_pod(name, node=node, metadata={"labels": {"app": app}}, spec=spec)


def test_fewest_pods_of_the_same_kind_first() -> None:
    others = (on("n1", "a1"), on("n2", "b1", "b"), on("n2", "b2", "b"), on("n3", "a3"))
    assert placed(pending(), others).node == "n2"


def test_then_fewest_pods() -> None:
    others = (on("n1", "b1", "b"), on("n2", "b2", "b"), on("n2", "b3", "b"), on("n3", "b4", "b"))
    assert placed(pending(), (*others, on("n1", "b5", "b"))).node == "n3"


def test_then_by_name() -> None:
    assert placed(pending()).node == "n1"


@pytest.mark.parametrize(
    ("spec", "node"),
    [
        ({"nodeSelector": {"kubernetes.io/hostname": "n2"}}, "n2"),
        (node_affinity(key="topology.kubernetes.io/zone", operator="In", values=["z3"]), "n3"),
        (node_affinity(key="kubernetes.io/hostname", operator="NotIn", values=["n1"]), "n2"),
    ],
)
def test_nodes_are_selected(spec: Object, node: str) -> None:
    assert placed(pending(**spec)).node == node


def test_preferred_node_affinity() -> None:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z2"]}
    terms = [{"weight": 10, "preference": {"matchExpressions": [zone]}}]
    assert placed(pending(affinity={"nodeAffinity": {PREFERRED: terms}})).node == "n2"


def test_preferred_pod_anti_affinity() -> None:
    terms = [
        {"weight": 1, "podAffinityTerm": {"labelSelector": {"matchLabels": {"app": "b"}}} | HOST}
    ]
    spec = {"affinity": {"podAntiAffinity": {PREFERRED: terms}}}
    assert placed(pending(**spec), (on("n1", "b1", "b"),)).node == "n2"


def test_nothing_matches_is_worded_as_the_real_one_does() -> None:
    """As recorded from Kubernetes 1.36.2 with three nodes."""
    assert placed(pending(nodeSelector={"kubernetes.io/hostname": "node9"})).message == (
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new "
        "claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful "
        "for scheduling."
    )


def test_every_node_has_its_reason() -> None:
    nodes = [cordoned(NODES[0]), tainted(NODES[1], "NoSchedule"), NODES[2]]
    spec = {"nodeSelector": {"kubernetes.io/hostname": "n1"}}
    assert placed(pending(**spec), nodes=nodes).message == unschedulable(
        "1 node(s) didn't match Pod's node affinity/selector",
        "1 node(s) had untolerated taint(s)",
        "1 node(s) were unschedulable",
    )


def test_cordoned_node_is_tolerated_by_those_who_say_so() -> None:
    nodes = [cordoned(node) for node in NODES]
    toleration = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}
    assert placed(pending(), nodes=nodes).node == ""
    assert placed(pending(tolerations=[toleration]), nodes=nodes).node == "n1"


def test_prefer_no_schedule_is_only_a_preference() -> None:
    nodes = [tainted(NODES[0], "PreferNoSchedule"), NODES[1]]
    assert placed(pending(), (on("n2", "a1"),), nodes).node == "n2"
    assert placed(pending(), nodes=[tainted(NODES[0], "PreferNoSchedule")]).node == "n1"


@pytest.mark.parametrize(
    ("taken", "wanted", "free"),
    [
        (host_port(80), host_port(80), False),
        (host_port(80), host_port(81), True),
        (host_port(80, protocol="UDP"), host_port(80), True),
        (host_port(80, hostIP="10.0.0.1"), host_port(80, hostIP="10.0.0.2"), True),
        (host_port(80, hostIP="10.0.0.1"), host_port(80), False),
    ],
)
def test_host_ports(taken: Object, wanted: Object, free: bool) -> None:
    others = tuple(on(node, f"p-{node}", "b", **taken) for node in EVERY_NODE)
    placement = placed(pending(**wanted), others)
    if free:
        assert placement.node
    else:
        reason = "3 node(s) didn't have free ports for the requested pod ports"
        assert placement.message == unschedulable(reason, preemption=NO_VICTIMS)


def test_requests_that_never_fit() -> None:
    message = placed(pending(**requests(cpu="3", memory="2Gi"))).message
    assert message == unschedulable("3 Insufficient cpu", "3 Insufficient memory")


def test_requests_that_do_not_fit_beside_the_others() -> None:
    others = tuple(on(node, f"p-{node}", "b", **requests(cpu="1500m")) for node in EVERY_NODE)
    assert placed(pending(**requests(cpu="500m")), others).node == "n1"
    message = placed(pending(**requests(cpu="501m")), others).message
    assert message == unschedulable("3 Insufficient cpu", preemption=NO_VICTIMS)


def test_nodes_take_no_more_than_their_number_of_pods() -> None:
    nodes = [node | {"status": {"allocatable": {"pods": "1"}}} for node in NODES]
    others = tuple(on(node, f"p-{node}", "b") for node in EVERY_NODE)
    message = placed(pending(), others, nodes).message
    assert message == unschedulable("3 Too many pods", preemption=NO_VICTIMS)


def test_pod_anti_affinity_keeps_apart() -> None:
    spec = required("podAntiAffinity", SELECTS_A | HOST)
    assert placed(pending(**spec), (on("n1", "a1"), on("n2", "a2"))).node == "n3"
    full = tuple(on(node, f"a-{node}") for node in EVERY_NODE)
    reason = "3 node(s) didn't match pod anti-affinity rules"
    assert placed(pending(**spec), full).message == unschedulable(reason, preemption=NO_VICTIMS)


def test_pods_that_want_to_be_alone_are_left_alone() -> None:
    repelling = required("podAntiAffinity", SELECTS_A | HOST)
    full = tuple(on(node, f"b-{node}", "b", **repelling) for node in EVERY_NODE)
    reason = "3 node(s) didn't satisfy existing pods anti-affinity rules"
    assert placed(pending(), full).message == unschedulable(reason, preemption=NO_VICTIMS)


def test_pod_affinity_brings_together() -> None:
    term = {
        "labelSelector": {"matchLabels": {"app": "b"}},
        "topologyKey": "topology.kubernetes.io/zone",
    }
    spec = required("podAffinity", term)
    assert placed(pending(**spec), (on("n2", "b1", "b"), on("n2", "a1"))).node == "n2"
    assert placed(pending(**spec)).message == unschedulable(
        "3 node(s) didn't match pod affinity rules"
    )


def test_first_of_a_group_that_wants_to_be_together_goes_anywhere() -> None:
    assert placed(pending(**required("podAffinity", SELECTS_A | HOST))).node == "n1"


def test_affinity_looks_into_its_own_namespace_unless_told() -> None:
    elsewhere = stored_pod("a1", node="n1", metadata={"namespace": "other", "labels": {"app": "a"}})
    spec = required("podAntiAffinity", SELECTS_A | HOST)
    assert placed(pending(**spec), (elsewhere,)).node != ""
    wide = required("podAntiAffinity", SELECTS_A | HOST | {"namespaces": ["other"]})
    assert placed(pending(**wide), (elsewhere,)).node == "n2"


def test_affinity_finds_namespaces_by_their_labels() -> None:
    elsewhere = stored_pod("a1", node="n1", metadata={"namespace": "other", "labels": {"app": "a"}})
    by_label = {"namespaceSelector": {"matchLabels": {"team": "x"}}}
    pod = pending(**required("podAntiAffinity", SELECTS_A | HOST | by_label))
    for team, node in (("x", ""), ("y", "n1")):
        namespaces = {"other": {"metadata": {"name": "other", "labels": {"team": team}}}}
        around = Neighbourhood(by_name(NODES[0]), [elsewhere], namespaces)
        assert place(pod, around, lambda _: False).node == node


def test_init_containers_need_as_much_as_the_largest_beside_the_sidecars() -> None:
    def container(cpu: str, **more: str) -> Object:
        return {"resources": {"requests": {"cpu": cpu}}} | more

    sidecar = container("500m", restartPolicy="Always")
    fitting = {"initContainers": [sidecar, container("1500m")], "containers": [container("1")]}
    assert placed(pending(**fitting)).node == "n1"
    too_much = {"initContainers": [sidecar, container("1501m")], "containers": []}
    assert placed(pending(**too_much)).message == unschedulable("3 Insufficient cpu")


def test_pods_that_name_their_node_by_affinity_go_nowhere_else() -> None:
    requirement = {"key": "metadata.name", "operator": "In", "values": ["n3"]}
    terms = {"nodeSelectorTerms": [{"matchFields": [requirement]}]}
    pod = pending(affinity={"nodeAffinity": {REQUIRED: terms}})
    assert placed(pod).node == "n3"
    nodes = [*NODES[:2], cordoned(NODES[2])]
    assert placed(pod, nodes=nodes).message == unschedulable(
        "1 node(s) were unschedulable", "2 node(s) didn't satisfy plugin(s) [NodeAffinity]"
    )


def spread(when: str) -> Object:
    constraint = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone"}
    return {"topologySpreadConstraints": [constraint | SELECTS_A | {"whenUnsatisfiable": when}]}


def test_topology_spread_is_kept() -> None:
    others = (on("n1", "a1"), on("n2", "a2"), on("n3", "b1", "b"), on("n3", "b2", "b"))
    assert placed(pending(**spread("DoNotSchedule")), others).node == "n3"


def test_topology_spread_that_cannot_be_kept() -> None:
    others = (on("n1", "a1"), on("n2", "a2"))
    nodes = [NODES[0], NODES[1], cordoned(NODES[2])]
    message = placed(pending(**spread("DoNotSchedule")), others, nodes).message
    assert message == unschedulable(
        "1 node(s) were unschedulable",
        "2 node(s) didn't match pod topology spread constraints",
        preemption=(
            "1 Preemption is not helpful for scheduling, "
            "2 No preemption victims found for incoming pod"
        ),
    )
    assert placed(pending(**spread("ScheduleAnyway")), others, nodes).node == "n1"


def test_topology_spread_needs_the_label_and_counts_missing_domains() -> None:
    spec = spread("DoNotSchedule")
    bare = [node | {"metadata": {"name": node["metadata"]["name"]}} for node in NODES]
    reason = "3 node(s) didn't match pod topology spread constraints (missing required label)"
    assert placed(pending(**spec), nodes=bare).message == unschedulable(reason)
    spec["topologySpreadConstraints"][0]["minDomains"] = 4
    others = tuple(on(node, f"a-{node}") for node in EVERY_NODE)
    assert placed(pending(**spec), others).node == ""


def test_a_cluster_without_nodes() -> None:
    assert placed(pending(), nodes=[]).message == "no nodes available to schedule pods"
