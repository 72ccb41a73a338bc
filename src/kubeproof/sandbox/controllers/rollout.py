"""The arithmetic of rollouts: how many replicas the old and the new ReplicaSets should have.

Pure functions of numbers. Source: "Deployments" (Rolling Update Deployment, Proportional
scaling) in the Kubernetes documentation.
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple


class Fenceposts(NamedTuple):
    """How many Pods there may be above, and how many may be missing below the wanted number."""

    surge: int
    unavailable: int


class Replicas(NamedTuple):
    """A ReplicaSet's size: what it asks for, and how many of its Pods are available."""

    wanted: int
    available: int = 0


class Share(NamedTuple):
    """An active ReplicaSet in a scaling: its size, and the most Pods allowed at the last one."""

    size: int
    most_before: int | None
    created: str = ""


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """An absolute number or a percentage of the total. Raises ValueError for other text."""
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError(f"{value!r} is neither a number nor a percentage")
    exact = int(value[:-1]) * total / 100
    return ceil(exact) if up else floor(exact)


def fenceposts(surge: int | str, unavailable: int | str, wanted: int) -> Fenceposts:
    """maxSurge (rounded up) and maxUnavailable (rounded down); not both may come to zero."""
    above = scaled(surge, wanted, up=True)
    below = scaled(unavailable, wanted, up=False)
    return Fenceposts(above, below if above or below else 1)


def new_size(wanted: int, surge: int, new: int, total: int) -> int:
    """How many replicas the new ReplicaSet should have while the old ones have the rest.

    `total` is what all ReplicaSets ask for together.
    """
    if new >= wanted:
        return wanted
    room = wanted + surge - total
    return new + max(min(room, wanted - new), 0)


def old_sizes(wanted: int, unavailable: int, new: Replicas, old: Sequence[Replicas]) -> list[int]:
    """How many replicas the old ReplicaSets should have, given oldest first.

    Replicas that are not available go first, as nobody misses them; then as many as may be
    missing. Pods of the new ReplicaSet that are not available yet hold the old ones back.
    """
    sizes = [item.wanted for item in old]
    least = wanted - min(unavailable, wanted)
    not_yet = new.wanted - new.available
    allowed = sum(sizes) + new.wanted - least - not_yet
    if allowed <= 0:
        return sizes
    for index, item in enumerate(old):
        dead = min(allowed, item.wanted - item.available, sizes[index])
        if dead > 0:
            sizes[index] -= dead
            allowed -= dead
    spare = sum(item.available for item in old) + new.available - least
    for index in range(len(old)):
        cut = min(max(spare, 0), sizes[index])
        sizes[index] -= cut
        spare -= cut
    return sizes


def proportional_sizes(
    wanted: int, surge: int, replicas_before: int, shares: Sequence[Share]
) -> list[int]:
    """How a change of scale in the middle of a rollout spreads over the active ReplicaSets.

    In proportion to their sizes; what rounding leaves over goes to the largest.
    `replicas_before` is the Deployment's status.replicas.
    """
    allowed = wanted + surge if wanted > 0 else 0
    change = allowed - sum(share.size for share in shares)
    sizes = [share.size for share in shares]
    done = 0
    order = _order(shares, growing=change > 0)
    for index in order if change else []:
        part = _proportion(shares[index], wanted, surge, replicas_before, change - done)
        sizes[index] += part
        done += part
    if change and order:
        sizes[order[0]] = max(sizes[order[0]] + change - done, 0)
    return sizes


def _order(shares: Sequence[Share], *, growing: bool) -> list[int]:
    """Largest first; among equals the newest when growing, the oldest when shrinking."""
    by_age = sorted(range(len(shares)), key=lambda index: shares[index].created, reverse=growing)
    return sorted(by_age, key=lambda index: shares[index].size, reverse=True)


def _proportion(share: Share, wanted: int, surge: int, replicas_before: int, left: int) -> int:
    if share.size == 0 or left == 0:
        return 0
    part = _fraction(share, wanted, surge, replicas_before)
    return min(part, left) if left > 0 else max(part, left)


def _fraction(share: Share, wanted: int, surge: int, replicas_before: int) -> int:
    if wanted == 0:
        return -share.size
    most_before = share.most_before or replicas_before
    if most_before == 0:
        return 0
    return _rounded(share.size * (wanted + surge) / most_before) - share.size


def _rounded(value: float) -> int:
    return floor(value + 0.5)
