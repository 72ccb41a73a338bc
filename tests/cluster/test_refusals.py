"""A node port that is taken: by the scenario itself, by another one, or by somebody else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from kubeproof.cluster.marks import MANAGED_BY
from kubeproof.cluster.refusals import granted
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken
from kubeproof.model import Object
from kubeproof.waiting import SANDBOX

BUDGETS = replace(SANDBOX, node_port=0.2)
TAKEN = "spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated"


def service(namespace: str, managed_by: str = "kubeproof") -> Object:
    return {
        "metadata": {
            "namespace": namespace,
            "name": "svc-2",
            "uid": namespace,
            "annotations": {MANAGED_BY: managed_by},
        },
        "spec": {"ports": [{"port": 9000, "nodePort": 30000}]},
    }


@dataclass
class Cluster:
    """Its Services; the first goes after some more attempts to create another."""

    services: list[Object]
    leaves_after: int = 1_000_000
    attempts: list[int] = field(default_factory=list[int])

    def list(self, kind: str) -> "list[Object]":
        assert kind == "Service"
        return self.services

    def create(self) -> Object:
        self.attempts.append(len(self.attempts))
        if len(self.attempts) > self.leaves_after:
            self.services.clear()
        if self.services:
            raise Rejected(422, "Invalid", TAKEN)
        return service("mine")


def ask(cluster: Cluster, create: Callable[[], Object] | None = None) -> Object | Rejected:
    return granted(create or cluster.create, cast(Any, cluster), "mine", BUDGETS)


def test_what_is_free_is_granted_at_once() -> None:
    cluster = Cluster([])
    assert ask(cluster) == service("mine")
    assert len(cluster.attempts) == 1


def test_the_port_of_another_scenario_is_waited_for() -> None:
    cluster = Cluster([service("other")], leaves_after=3)
    assert ask(cluster) == service("mine")
    assert len(cluster.attempts) == 4


def test_the_port_of_a_service_of_the_same_scenario_is_an_answer() -> None:
    cluster = Cluster([service("mine"), service("other")])
    refusal = ask(cluster)
    assert isinstance(refusal, Rejected)
    assert refusal.message == TAKEN
    assert len(cluster.attempts) == 1


def test_the_port_of_somebody_else_breaks_the_check_at_once() -> None:
    cluster = Cluster([service("shop", managed_by="Helm")])
    with pytest.raises(CheckBroken, match="Service shop/svc-2 has that node port: free it"):
        ask(cluster)
    assert len(cluster.attempts) == 1


def test_a_port_that_nobody_has_any_more_is_asked_for_again() -> None:
    attempts: list[int] = []

    def create() -> Object:
        attempts.append(1)
        if len(attempts) == 1:
            raise Rejected(422, "Invalid", TAKEN)
        return service("mine")

    assert ask(Cluster([]), create) == service("mine")


def test_a_port_that_nobody_has_and_that_stays_taken_is_an_answer() -> None:
    def create() -> Object:
        raise Rejected(422, "Invalid", TAKEN)

    refusal = ask(Cluster([]), create)
    assert isinstance(refusal, Rejected)
    assert refusal.message == TAKEN


def test_a_port_that_no_scenario_gives_back_breaks_the_check() -> None:
    with pytest.raises(CheckBroken, match=r"within 0\.2 s; .* goes with: kubeproof clean"):
        ask(Cluster([service("other")]))


def test_a_refusal_of_the_service_itself_is_an_answer() -> None:
    def refused() -> Object:
        raise Rejected(422, "Invalid", "spec.ports: Required value")

    refusal = ask(Cluster([service("other")]), refused)
    assert isinstance(refusal, Rejected)
    assert refusal.code == 422
