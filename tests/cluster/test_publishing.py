"""How soon Services are published: what a sample can tell, and what it cannot."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from kubeproof.cluster import publishing
from kubeproof.cluster.publishing import Publication, Within, publish, published_within
from kubeproof.cluster.workload import SERVICE_NAME, Workload
from kubeproof.errors import PromiseBroken
from kubeproof.manifest import Manifest
from kubeproof.model import Object
from kubeproof.waiting import CLUSTER, settle, tolerable
from tests.clocks import FakeClock

LIMITS = [Within("half", 0.5, 20), Within("99 of 100", 0.99, 50)]
SERVICE: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc-1"}, "spec": {}}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    made = FakeClock()
    monkeypatch.setattr(publishing, "CLOCK", made)
    monkeypatch.setattr(publishing, "settle", partial(settle, clock=made))
    return made


class Cluster:
    """Publishes one Service after the other, each so many seconds after its creation."""

    def __init__(self, clock: FakeClock, delays: Sequence[float], ready: bool = True) -> None:
        self.clock, self.delays, self.ready = clock, delays, ready
        self.due: dict[str, float] = {}

    def create(self, obj: Object) -> Object:
        name = obj["metadata"]["name"]
        self.due[name] = self.clock.now() + self.delays[len(self.due) % len(self.delays)]
        return obj

    def list(self, kind: str, namespace: str, group: str) -> list[Object]:
        assert (kind, namespace, group) == ("EndpointSlice", "ns", "discovery.k8s.io/v1")
        conditions = {"ready": self.ready}
        return [
            {
                "metadata": {"labels": {SERVICE_NAME: name}},
                "endpoints": [{"addresses": ["10.0.0.1"], "conditions": conditions}],
            }
            for name, due in self.due.items()
            if due <= self.clock.now()
        ]


def seen(clock: FakeClock, *delays: float, ready: bool = True) -> Publication:
    api = cast(Any, Cluster(clock, delays, ready))
    workload = Workload(api, "ns", Manifest(Path("x"), (SERVICE,)), {"run": "1"}, CLUSTER)
    found = publish(workload, "svc-1")
    published_within(workload, found, LIMITS)
    return found


def test_as_many_are_created_as_it_takes(clock: FakeClock) -> None:
    found = seen(clock, 0.3)
    assert len(found.asked) == len(found.took) == 20
    assert 0.5**20 < CLUSTER.false_alarm_rate < 0.5**19


def test_it_is_over_as_soon_as_all_are_published(clock: FakeClock) -> None:
    seen(clock, 0.3)
    assert clock.now() < 1


def test_none_in_time_is_no_chance(clock: FakeClock) -> None:
    wish = r"half of all new Services have endpoints within 20 s: 20 were late; seen: none of 20"
    with pytest.raises(PromiseBroken, match=wish):
        seen(clock, 60.0)
    assert clock.now() == pytest.approx(20, abs=0.5)


def test_that_many_are_slow_may_be_chance(clock: FakeClock) -> None:
    assert len(seen(clock, 45.0, *[19.0] * 3).took) == 20


def test_a_long_tail_is_no_chance(clock: FakeClock) -> None:
    wish = r"99 of 100 of all new Services have endpoints within 50 s: 7 were late; seen: 13 of 20"
    with pytest.raises(PromiseBroken, match=wish):
        seen(clock, 60.0, 1.0, 1.0)


def test_a_few_that_never_come_are_not_waited_for(clock: FakeClock) -> None:
    assert len(seen(clock, *[1.0] * 19, 1e9).took) == 19
    assert clock.now() < 52


def test_endpoints_that_are_not_ready_publish_nothing(clock: FakeClock) -> None:
    with pytest.raises(PromiseBroken, match="none of 20 has any"):
        seen(clock, 0.3, ready=False)


def test_services_of_others_do_not_count() -> None:
    found = Publication("svc-1", {"svc-1-00": 0.0})
    found.note(["svc-other"])
    assert found.took == {}


@pytest.mark.parametrize(
    ("tries", "share", "most"), [(20, 0.5, 19), (19, 0.5, 19), (20, 0.01, 5), (1, 0.5, 1)]
)
def test_what_chance_may_do(tries: int, share: float, most: int) -> None:
    assert tolerable(tries, share, 1e-6) == most
