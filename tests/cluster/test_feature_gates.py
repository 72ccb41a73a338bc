"""Which feature gates are on: by the metrics, else by the version, else nobody knows."""

import pytest

from kubeproof.capability import Finding, missing
from kubeproof.cluster.feature_gates import Gate, feature_gates, gate_trials
from kubeproof.gates import GATES, stage_in, version_in
from tests.cluster.shown import Shown

PREFER_SAME = "PreferSameTrafficDistribution"


def metrics(*lines: str) -> dict[str, str]:
    said = "\n".join(f"kubernetes_feature_enabled{{{line}" for line in lines)
    return {"/metrics": f"# TYPE kubernetes_feature_enabled gauge\n{said}\nother 1\n"}


def gate(name: str, shown: Shown) -> Gate:
    return next(one for one in feature_gates(shown.api) if one.name == name)


@pytest.mark.parametrize(
    ("line", "state", "stage"),
    [
        (f'name="{PREFER_SAME}",stage=""}} 1', "on", "GA"),
        (f'name="{PREFER_SAME}",stage="BETA"}} 0', "off", "beta"),
        (f'name="{PREFER_SAME}",stage="ALPHA"}} 1', "on", "alpha"),
    ],
)
def test_what_the_metrics_say_goes_before_what_the_version_says(
    line: str, state: str, stage: str
) -> None:
    shown = Shown(pages=metrics('name="Another",stage=""} 0', line))
    assert gate(PREFER_SAME, shown) == Gate(PREFER_SAME, state, stage, "metrics")
    assert gate("StrictIPCIDRValidation", shown).source == "version"


@pytest.mark.parametrize(
    ("version", "state", "stage"),
    [
        ("v1.32.9", "off", ""),
        ("v1.33.1+k3s1", "off", "alpha"),
        ("v1.34.0-eks-abc", "on", "beta"),
        ("v1.35.0", "on", "GA"),
        ("v2.0.0", "on", "GA"),
    ],
)
def test_without_metrics_the_version_says_how_a_gate_is_by_default(
    version: str, state: str, stage: str
) -> None:
    found = gate(PREFER_SAME, Shown(kubernetes=version))
    assert found == Gate(PREFER_SAME, state, stage, "version")


def test_a_beta_may_have_been_off_at_first() -> None:
    states = [stage_in("MultiCIDRServiceAllocator", (1, minor)) for minor in (26, 27, 31, 33)]
    told = [stage and (stage.name, stage.on) for stage in states]
    assert told == [None, ("alpha", False), ("beta", False), ("GA", True)]


def test_where_not_even_the_version_is_one_nobody_knows() -> None:
    shown = Shown(kubernetes="unreleased")
    assert {one.state for one in feature_gates(shown.api)} == {"unknown"}
    assert [one.name for one in feature_gates(shown.api)] == sorted(GATES)
    assert version_in("unreleased") is None


def test_a_scenario_that_asks_for_a_gate_is_told_why_it_cannot_run() -> None:
    off = Shown(pages=metrics(f'name="{PREFER_SAME}",stage="BETA"}} 0'))
    found = {name: trial() for name, trial in gate_trials(off.api).items()}
    [told] = missing([f"gate:{PREFER_SAME}", "gate:NFTablesProxyMode"], found)
    assert told == (
        f"feature gate {PREFER_SAME} is off (beta): the API server's metrics say so "
        f"(gate:{PREFER_SAME})"
    )
    unknown = gate_trials(Shown(kubernetes="?").api)[f"gate:{PREFER_SAME}"]()
    said = f"feature gate {PREFER_SAME} is unknown: neither the API server's metrics nor its "
    assert unknown == Finding(False, said + "version tell")
