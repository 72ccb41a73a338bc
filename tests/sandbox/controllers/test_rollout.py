"""The arithmetic of rollouts. Expected numbers follow the worked examples of the documentation."""

import pytest

from kubeproof.sandbox.controllers.rollout import (
    Fenceposts,
    Replicas,
    Share,
    fenceposts,
    new_size,
    old_sizes,
    proportional_sizes,
    scaled,
)


@pytest.mark.parametrize(
    ("value", "total", "up", "expected"),
    [
        (3, 10, True, 3),
        ("25%", 10, True, 3),
        ("25%", 10, False, 2),
        ("0%", 10, True, 0),
        ("100%", 7, False, 7),
    ],
)
def test_scaled(value: int | str, total: int, up: bool, expected: int) -> None:
    assert scaled(value, total, up=up) == expected


def test_scaled_refuses_other_text() -> None:
    with pytest.raises(ValueError, match="neither a number nor a percentage"):
        scaled("3", 10, up=True)


@pytest.mark.parametrize(
    ("surge", "unavailable", "wanted", "expected"),
    [
        ("25%", "25%", 3, Fenceposts(1, 0)),
        ("25%", "25%", 10, Fenceposts(3, 2)),
        (0, "1%", 2, Fenceposts(0, 1)),
        ("1%", "25%", 2, Fenceposts(1, 0)),
        ("1%", 0, 1, Fenceposts(1, 0)),
    ],
)
def test_fenceposts(
    surge: int | str, unavailable: int | str, wanted: int, expected: Fenceposts
) -> None:
    assert fenceposts(surge, unavailable, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "surge", "new", "total", "expected"),
    [
        (10, 3, 0, 10, 3),
        (10, 3, 3, 13, 3),
        (10, 3, 3, 11, 5),
        (10, 3, 9, 9, 10),
        (10, 0, 0, 10, 0),
        (3, 1, 5, 8, 3),
        (10, 3, 0, 0, 10),
    ],
)
def test_new_size(wanted: int, surge: int, new: int, total: int, expected: int) -> None:
    assert new_size(wanted, surge, new, total) == expected


def healthy(*sizes: int) -> list[Replicas]:
    return [Replicas(size, size) for size in sizes]


@pytest.mark.parametrize(
    ("wanted", "unavailable", "new", "old", "expected"),
    [
        # nothing may be missing: old Pods go only as new ones are available
        (3, 0, Replicas(1, 0), healthy(3), [3]),
        (3, 0, Replicas(1, 1), healthy(3), [2]),
        # maxUnavailable lets old Pods go at once
        (10, 2, Replicas(3, 0), healthy(10), [8]),
        (10, 2, Replicas(5, 3), healthy(8), [5]),
        # unavailable old Pods go first, and cost nothing
        (10, 2, Replicas(3, 0), [Replicas(10, 5)], [8]),
        (10, 2, Replicas(3, 0), [Replicas(4, 1), Replicas(6, 6)], [2, 6]),
        # new Pods that never become available stop the rollout
        (10, 2, Replicas(5, 0), healthy(8), [8]),
        # the oldest ReplicaSet is shrunk first
        (10, 2, Replicas(3, 3), healthy(5, 5), [0, 5]),
        (0, 0, Replicas(0, 0), healthy(3), [0]),
    ],
)
def test_old_sizes(
    wanted: int, unavailable: int, new: Replicas, old: list[Replicas], expected: list[int]
) -> None:
    assert old_sizes(wanted, unavailable, new, old) == expected


@pytest.mark.parametrize(
    ("wanted", "surge", "shares", "expected"),
    [
        # the documentation's example: 10 -> 15 with 8 old and 5 new
        (15, 3, [Share(8, 13, "1"), Share(5, 13, "2")], [11, 7]),
        (5, 2, [Share(8, 13, "1"), Share(5, 13, "2")], [4, 3]),
        (0, 0, [Share(8, 13, "1"), Share(5, 13, "2")], [0, 0]),
        (10, 3, [Share(8, 13, "1"), Share(5, 13, "2")], [8, 5]),
        # equal sizes: what is left over goes to the newer one when growing
        (5, 0, [Share(2, 4, "1"), Share(2, 4, "2")], [2, 3]),
        (3, 0, [Share(2, 4, "1"), Share(2, 4, "2")], [1, 2]),
    ],
)
def test_proportional_sizes(
    wanted: int, surge: int, shares: list[Share], expected: list[int]
) -> None:
    assert proportional_sizes(wanted, surge, 13, shares) == expected


def test_proportion_without_annotation_counts_from_the_status() -> None:
    assert proportional_sizes(20, 0, 10, [Share(10, None)]) == [20]
