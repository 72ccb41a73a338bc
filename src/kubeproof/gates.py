"""Feature gates that Services depend on, and the stage that each has had since which version.

(reference/command-line-tools-reference/feature-gates, and -removed: a gate that is stable goes
some versions later, and what it let in stays.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "gate:"

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stage:
    """Since which version a gate is at a stage (alpha, beta, GA), and whether it is on then."""

    since: Version
    name: str
    on: bool


def _stages(alpha: int, beta: int, stable: int | None, beta_on: int | None = None) -> list[Stage]:
    """Minor versions; where a beta was off at first, ``beta_on`` is the version that changed it."""
    made = [Stage((1, alpha), "alpha", False)]
    made.append(Stage((1, beta), "beta", beta_on is None))
    made += [] if beta_on is None or beta_on == stable else [Stage((1, beta_on), "beta", True)]
    return made + ([] if stable is None else [Stage((1, stable), "GA", True)])


GATES: Mapping[str, list[Stage]] = {
    "AllowServiceExternalIPs": [Stage((1, 0), "GA", True)],
    "DisableAllocatorDualWrite": _stages(31, 33, 34, beta_on=34),
    "LoadBalancerIPMode": _stages(29, 30, 32),
    "MultiCIDRServiceAllocator": _stages(27, 31, 33, beta_on=33),
    "NFTablesProxyMode": _stages(29, 31, 33),
    "PreferSameTrafficDistribution": _stages(33, 34, 35),
    "RelaxedServiceNameValidation": _stages(34, 36, None),
    "ServiceTrafficDistribution": _stages(30, 31, 33),
    "StrictIPCIDRValidation": _stages(33, 36, None),
}


def version_in(text: str) -> Version | None:
    """Major and minor version of ``v1.36.2+k3s1``; None where it is none."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def stage_in(name: str, version: Version) -> Stage | None:
    """At which stage a gate is in a version, by default; None where it is not there yet."""
    return next((one for one in reversed(GATES[name]) if one.since <= version), None)
