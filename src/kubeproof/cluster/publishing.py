"""How soon new Services have their endpoints: of many that are created, how many wait how long.

What is promised is a share: half of all Services within so many seconds, 99 of 100 within so many
more (kubernetes/test/e2e/network/service_latency.go). A sample may fall short of a share by chance,
so that only what chance does once in a million times counts against the cluster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from kubeproof.cluster.run import DISCOVERY
from kubeproof.cluster.workload import SERVICE_NAME, Workload
from kubeproof.errors import PromiseBroken
from kubeproof.manifest import placed
from kubeproof.model import endpoints_of
from kubeproof.waiting import CLOCK, Budgets, settle, tolerable, tries_to_see_others


@dataclass(frozen=True, slots=True)
class Within:
    """This share of all Services has its endpoints within so many seconds."""

    words: str  # "half"
    share: float
    seconds: float


@dataclass
class Publication:
    """Services that were created together: when each was, and how long its endpoints took."""

    of: str  # the Service of the manifest which all of them are like
    asked: Mapping[str, float]  # by name; the moment before the request
    took: dict[str, float] = field(default_factory=dict[str, float])  # seconds, by name

    def note(self, published: Sequence[str]) -> None:
        """These have endpoints now."""
        now = CLOCK.now()
        for name in published:
            if name in self.asked:
                self.took.setdefault(name, now - self.asked[name])

    def late(self, limit: Within) -> int:
        """How many have taken longer than that, or wait for longer already."""
        now = CLOCK.now()
        waits = [self.took.get(name, now - asked) for name, asked in self.asked.items()]
        return sum(seconds > limit.seconds for seconds in waits)

    def too_many(self, limit: Within, rate: float) -> bool:
        """Whether so many are late that the cluster, and not chance, is to blame."""
        return self.late(limit) > tolerable(len(self.asked), 1 - limit.share, rate)

    def may_come(self, limit: Within) -> bool:
        """Whether any that has no endpoints yet may still get them in time."""
        now = CLOCK.now()
        waits = [now - asked for name, asked in self.asked.items() if name not in self.took]
        return any(seconds <= limit.seconds for seconds in waits)

    def __str__(self) -> str:
        if not self.took:
            return f"none of {len(self.asked)} has any"
        times = sorted(self.took.values())
        waiting = len(self.asked) - len(times)
        told = f"half of those published took {median(times):.1f} s, the slowest {times[-1]:.1f} s"
        return f"{len(times)} of {len(self.asked)} have some, {waiting} wait; {told}"


def sample_size(budgets: Budgets) -> int:
    """The fewest Services that can show that not even half of all are published in time.

    If half of them are, all of n are late with chance (1/2)^n.
    """
    return tries_to_see_others(1, 2, budgets.false_alarm_rate)


def publish(workload: Workload, name: str) -> Publication:
    """Create as many Services as it takes, each like the manifest's one of that name."""
    obj = placed(workload.manifest.find("Service", name), workload.namespace, workload.labels)
    names = [f"{name}-{number:02}" for number in range(sample_size(workload.budgets))]

    def create(one: str) -> float:
        asked = CLOCK.now()
        workload.api.create({**obj, "metadata": {**obj["metadata"], "name": one}})
        return asked

    return Publication(name, {one: create(one) for one in names})


def published_within(workload: Workload, seen: Publication, limits: Sequence[Within]) -> None:
    """See that these shares of all Services have ready endpoints in time.

    Raises:
        PromiseBroken: too many are late.
    """
    rate = workload.budgets.false_alarm_rate

    def look() -> Publication:
        slices = workload.api.list("EndpointSlice", workload.namespace, group=DISCOVERY)
        ready = [one for one in slices if any(each.ready for each in endpoints_of([one]))]
        seen.note([one["metadata"].get("labels", {}).get(SERVICE_NAME, "") for one in ready])
        return seen

    def decided(now: Publication) -> bool:
        over = any(now.too_many(limit, rate) for limit in limits)
        return over or not now.may_come(limits[-1])

    settle(
        look,
        decided,
        what=f"Services like {seen.of} are published",
        within=limits[-1].seconds + workload.budgets.endpoints,
        every=workload.budgets.control_plane_poll,
    )
    for limit in limits:
        if seen.too_many(limit, rate):
            wish = f"{limit.words} of all new Services have endpoints within {limit.seconds:g} s"
            raise PromiseBroken(f"{wish}: {seen.late(limit)} were late; seen: {seen}")
