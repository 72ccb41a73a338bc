"""Numbers handed out from a range: chosen ones, and free ones out of the upper part first.

The lower part of a range is left to people who choose for themselves as long as the upper part
lasts (KEP-3070 for ClusterIPs, KEP-3668 for node ports).
"""

import random
from collections.abc import Callable

Taken = Callable[[int], bool]


class Refused(Exception):
    """A number cannot be had; the text is what Kubernetes says about it."""


def band(size: int, smallest: int, largest: int, step: int) -> int:
    """How many numbers at the start of a range of ``size`` are left to explicit requests."""
    if size <= smallest:
        return 0
    return max(smallest, min(largest, size // step))


def pick(first: int, size: int, reserved: int, taken: Taken) -> int | None:
    """A free number of ``size`` ones from ``first`` on, None where all are taken.

    The search starts at random behind the ``reserved`` lowest ones, and comes back to these only
    when nothing else is left.
    """
    upper = _scan(first + reserved, size - reserved, taken)
    return upper if upper is not None else _scan(first, reserved, taken)


def _scan(first: int, size: int, taken: Taken) -> int | None:
    if size <= 0:
        return None
    start = random.randrange(size)
    candidates = (first + (start + step) % size for step in range(size))
    return next((number for number in candidates if not taken(number)), None)
