"""What killed runs left: found by label, removed, and named where it does not go."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.clean import age_of, await_gone, holding, leftovers, remove
from kubeproof.cluster.marks import MANAGED_BY, RUN
from kubeproof.cluster.run import LeftBehind, Run
from kubeproof.errors import Misuse
from kubeproof.model import Object
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.waiting import SANDBOX


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    sandbox = Sandbox.start(Options(nodes=1))
    yield Api(configuration_of(text=sandbox.kubeconfig()))
    sandbox.close()


def namespace(name: str, **metadata: object) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def names(api: Api) -> set[str]:
    return {obj["metadata"]["name"] for obj in api.list("Namespace")}


def test_what_a_killed_run_left_is_removed_and_told(api: Api) -> None:
    run = Run(api, SANDBOX, id="dead")
    left = [run.make_namespace("clients"), run.make_namespace("scenarios")]
    api.create(namespace("kubeproof-of-somebody-else"))
    api.create(namespace("half-labelled", labels={MANAGED_BY: "kubeproof"}))
    said: list[str] = []
    remove(api, leftovers(api), SANDBOX, said.append)
    assert {"kubeproof-of-somebody-else", "half-labelled"} <= names(api)
    assert not names(api) & set(left)
    assert sorted(line.split(",")[0] for line in said) == [
        f"removing namespace {name} of run dead" for name in left
    ]


def test_younger_ones_are_left_alone(api: Api) -> None:
    run = Run(api, SANDBOX, id="young")
    run.make_namespace("scenarios")
    assert leftovers(api, timedelta(hours=1)) == []
    assert [one.run for one in leftovers(api)] == ["young"]
    run.finish()
    assert leftovers(api) == []


def test_a_namespace_that_sticks_is_named_with_what_holds_it(api: Api) -> None:
    run = Run(api, replace(SANDBOX, pods_ready=0.2), id="stuck")
    name = run.make_namespace("scenarios")
    held = {"name": "held", "namespace": name, "finalizers": ["example.com/never"]}
    spec = {"clusterIP": "None", "ports": [{"port": 80}]}
    api.create({"apiVersion": "v1", "kind": "Service", "metadata": held, "spec": spec})
    with pytest.raises(LeftBehind, match=rf"Service held in {name}.*namespace {name} is held: .+"):
        run.finish()
    api.patch("Service", "held", name, {"metadata": {"finalizers": None}})
    await_gone(api, [name], SANDBOX)


def test_the_namespace_controller_is_quoted() -> None:
    stuck = namespace("n", labels={RUN: "x"})
    told = "Some content in the namespace has finalizers remaining: example.com/never in 1 resource"
    stuck["status"] = {
        "conditions": [
            {"type": "NamespaceFinalizersRemaining", "status": "True", "message": told},
            {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "All good"},
        ]
    }
    assert holding(stuck) == f"namespace n is held: {told}"


def test_without_a_word_of_the_controller_the_finalizers_are_named() -> None:
    stuck = namespace("n") | {"spec": {"finalizers": ["kubernetes"]}}
    assert holding(stuck) == "namespace n is held: its finalizers are kubernetes"


def test_times_are_read() -> None:
    assert age_of("90s") == timedelta(seconds=90)
    assert age_of("2h") == timedelta(hours=2)
    assert age_of("1d") == timedelta(days=1)


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "2 h", "2w", "1.5h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match="takes a time such as 90s, 30m, 2h or 1d, not "):
        age_of(text)


def test_what_is_in_no_namespace_is_found_too(api: Api) -> None:
    labels = {MANAGED_BY: "kubeproof", RUN: "dead"}
    version = "networking.k8s.io/v1"
    spec = {"cidrs": ["10.9.0.0/24"]}
    made: Object = {"apiVersion": version, "kind": "ServiceCIDR", "spec": spec}
    api.create({**made, "metadata": {"name": "kubeproof-dead-extra", "labels": labels}})
    api.create({**made, "metadata": {"name": "of-somebody-else"}})
    said: list[str] = []
    remove(api, leftovers(api), SANDBOX, said.append)
    assert [line.split(",")[0] for line in said] == [
        "removing ServiceCIDR kubeproof-dead-extra of run dead"
    ]
    ending = {
        obj["metadata"]["name"]: "deletionTimestamp" in obj["metadata"]
        for obj in api.list("ServiceCIDR", group=version)
    }
    assert ending == {"kubeproof-dead-extra": True, "of-somebody-else": False, "kubernetes": False}
    api.delete("ServiceCIDR", "of-somebody-else", group=version)
