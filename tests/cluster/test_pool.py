"""The warm pool, on the sandbox: what a scenario gets, and what the next one finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.pool import IDLE, Pool
from kubeproof.cluster.run import Run
from kubeproof.manifest import Manifest, pinned, placed, restricted
from kubeproof.model import Node, Object, Pod
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.waiting import SANDBOX, settle

MANIFEST = Manifest.load(Path(__file__).parents[2] / "manifests" / "clusterip" / "backends.yaml")


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with_two = Sandbox.start(Options(nodes=2))
    yield Api(configuration_of(text=with_two.kubeconfig()))
    with_two.close()


@pytest.fixture
def pool(api: Api) -> Iterator[Pool]:
    run = Run(api, SANDBOX)
    yield Pool(run)
    run.finish()


def wanted(pool: Pool, name: str = "pod-1", hostname: str = "k8s-node1") -> Object:
    pod = restricted(pinned(MANIFEST.find("Pod", name), hostname))
    return placed(pod, pool.namespace, {})


def nodes(pool: Pool) -> list[Node]:
    return sorted((Node.of(obj) for obj in pool.api.list("Node")), key=lambda node: node.name)


def own_labels(pod: Pod) -> dict[str, str]:
    return {key: text for key, text in pod.labels.items() if not key.startswith("topology.")}


def claimed(pool: Pool, pod: Object) -> Pod:
    pool.claim(pod)

    def look() -> Pod:
        return Pod.of(pool.api.get("Pod", pod["metadata"]["name"], pool.namespace))

    return settle(look, lambda one: one.ready, what="Ready", within=10, every=0.02)


def test_a_pod_is_given_back_and_claimed_again(pool: Pool) -> None:
    first = claimed(pool, wanted(pool))
    assert own_labels(first) == {"app": "pod"}
    pool.give_back()
    pool.make_ready(MANIFEST, nodes(pool), soon=())
    assert own_labels(Pod.of(pool.api.get("Pod", "pod-1", pool.namespace))) == {IDLE: "true"}
    again = claimed(pool, wanted(pool))
    assert (again.uid, own_labels(again)) == (first.uid, {"app": "pod"})


def test_a_pod_that_is_wanted_soon_is_left_as_it_is(pool: Pool) -> None:
    first = claimed(pool, wanted(pool))
    before = pool.api.get("Pod", "pod-1", pool.namespace)["metadata"]["resourceVersion"]
    pool.give_back()
    pool.make_ready(MANIFEST, nodes(pool), soon=("svc-1", "pod-1"))
    assert claimed(pool, wanted(pool)).uid == first.uid
    assert pool.api.get("Pod", "pod-1", pool.namespace)["metadata"]["resourceVersion"] == before


def test_a_pod_with_labels_of_its_scenario_is_not_left_so(pool: Pool) -> None:
    claimed(pool, wanted(pool))
    pool.api.patch("Pod", "pod-1", pool.namespace, {"metadata": {"labels": {"colour": "blue"}}})
    pool.give_back()
    pool.make_ready(MANIFEST, nodes(pool), soon=("pod-1",))
    assert own_labels(Pod.of(pool.api.get("Pod", "pod-1", pool.namespace))) == {IDLE: "true"}


def test_a_pod_elsewhere_than_its_manifest_has_it_is_made_anew(pool: Pool) -> None:
    moved = claimed(pool, wanted(pool, hostname="k8s-node2"))
    pool.give_back()
    pool.make_ready(MANIFEST, nodes(pool), soon=("pod-1",))
    back = claimed(pool, wanted(pool))
    assert (moved.node, back.node) == ("k8s-node2", "k8s-node1")


def test_a_pod_that_should_be_elsewhere_is_replaced(pool: Pool) -> None:
    first = claimed(pool, wanted(pool))
    pool.give_back()
    moved = claimed(pool, wanted(pool, hostname="k8s-node2"))
    assert moved.uid != first.uid
    assert moved.node == "k8s-node2"


def test_a_pod_with_other_arguments_is_replaced(pool: Pool) -> None:
    first = claimed(pool, wanted(pool))
    pool.give_back()
    other = wanted(pool)
    other["spec"]["containers"][0]["args"] = ["netexec", "--http-port=8080", "--udp-port=8081"]
    assert claimed(pool, other).uid != first.uid


def test_what_is_no_pooled_pod_is_taken_away(pool: Pool) -> None:
    stray = wanted(pool)
    stray["metadata"]["name"] = "stray"
    pool.api.create(stray)
    pool.give_back()
    settle(
        lambda: pool.api.list("Pod", pool.namespace),
        lambda left: not left,
        what="gone",
        within=10,
        every=0.02,
    )


def test_services_and_their_slices_are_gone(pool: Pool) -> None:
    claimed(pool, wanted(pool))
    service = placed(MANIFEST.find("Service", "svc-1"), pool.namespace, {})
    pool.api.create(service)
    pool.give_back()
    slices = pool.api.list("EndpointSlice", pool.namespace, group="discovery.k8s.io/v1")
    assert pool.api.list("Service", pool.namespace) == slices == []


def test_a_feature_is_warmed_where_its_manifest_has_its_pods(pool: Pool) -> None:
    pool.warm(MANIFEST, nodes(pool))
    pods = {pod.name: pod for pod in map(Pod.of, pool.api.list("Pod", pool.namespace))}
    assert pods.keys() == {"pod-1", "pod-2", "pod-unlabelled"}
    assert all(own_labels(pod) == {IDLE: "true"} for pod in pods.values())
    assert claimed(pool, wanted(pool, "pod-2", "k8s-node2")).uid == pods["pod-2"].uid
