"""Two runs side by side."""

import copy
import re

from kubeproof.report.compare import Comparison, compare
from kubeproof.report.compare_text import NOTHING, markdown, terminal, verdict
from kubeproof.report.record import ScenarioRecord
from tests.report import runs

FAILED = runs.scenario("A door that opens", "np-03", "failed", "shut | and locked")
BROKEN = runs.scenario("A door that opens", "np-03", "broken", "no light")
SKIPPED = runs.scenario("A door that opens", "np-03", "skipped", "no doors")
OTHER = runs.scenario("Never run", "np-08")


def between(old: ScenarioRecord, new: ScenarioRecord) -> Comparison:
    return compare(runs.run(old, OTHER), runs.run(new, OTHER))


def ids(comparison: Comparison) -> dict[str, list[str]]:
    groups = ("broke", "still_red", "healed", "unchecked", "checked", "added", "gone", "slower")
    found = {name: [one.behaviour for one in getattr(comparison, name)] for name in groups}
    return {name: members for name, members in found.items() if members}


def test_what_was_not_red_and_is_broke() -> None:
    for old in (runs.opened(), SKIPPED):
        for new in (FAILED, BROKEN):
            found = between(old, new)
            assert ids(found) == {"broke": ["np-03"]}
            assert found.regressed


def test_what_was_red_before_is_no_regression() -> None:
    found = between(BROKEN, FAILED)
    assert ids(found) == {"still_red": ["np-03"]}
    assert not found.regressed


def test_what_healed() -> None:
    found = between(FAILED, runs.opened())
    assert ids(found) == {"healed": ["np-03"]}
    assert not found.regressed


def test_what_is_no_longer_checked_and_what_is_now() -> None:
    assert ids(between(runs.opened(), SKIPPED)) == {"unchecked": ["np-03"]}
    assert ids(between(SKIPPED, runs.opened())) == {"checked": ["np-03"]}


def test_what_is_new_and_what_is_gone() -> None:
    one, both = runs.run(OTHER), runs.run(OTHER, FAILED)
    assert ids(compare(one, both)) == {"added": ["np-03"]}
    assert not compare(one, both).regressed  # nobody can say that it was better before
    assert ids(compare(both, one)) == {"gone": ["np-03"]}


def test_an_outline_is_one_behaviour() -> None:
    old = runs.run(runs.knocks(1, "it opens"), runs.knocks(2, "it stays"))
    new = runs.run(runs.knocks(1, "it opens"), runs.knocks(2, "it stays", "failed"))
    [broke] = compare(old, new).broke
    assert (broke.title, broke.reason) == ("Knocking <n> times", "it fell")


def converging(seconds: float) -> ScenarioRecord:
    record = runs.opened()
    record.steps[3].converged = seconds
    return record


def test_slower_is_twice_as_long_and_by_half_a_second() -> None:
    assert ids(between(converging(1), converging(2))) == {"slower": ["np-03"]}
    assert not ids(between(converging(0.01), converging(0.4)))
    assert not ids(between(converging(5), converging(8)))
    assert not ids(between(converging(2), converging(1)))


def test_what_changed_of_the_cluster() -> None:
    old, new = runs.run(), runs.run()
    object.__setattr__(new.cluster, "proxy_mode", "iptables")
    new.images = {"agnhost:2.53": "agnhost@sha256:" + "1" * 64}
    assert compare(old, new).facts == {
        "proxy mode": ("nftables", "iptables"),
        "image agnhost:2.53": ("agnhost@sha256:" + "0" * 64, "agnhost@sha256:" + "1" * 64),
    }


def test_a_run_is_the_same_as_itself() -> None:
    found = compare(runs.run(), copy.deepcopy(runs.run()))
    assert ids(found) == {"still_red": ["np-04", "np-07"]}
    assert not found.facts
    assert found.same == 5
    assert verdict(compare(runs.run(OTHER), runs.run(OTHER))).startswith(NOTHING)


def test_in_a_terminal() -> None:
    told = terminal(between(runs.opened(), FAILED))
    assert "old: kubeconfig, v1.36.2, nftables, 2026-01-02 03:04\n" in told
    assert "Broke\n  np-03  A door that opens: passed → failed\n      shut | and locked" in told
    assert told.endswith("1 broke; 1 behaviours ended as before\n")


def test_as_markdown() -> None:
    told = markdown(between(runs.opened(), FAILED))
    assert told.startswith("## ✗ 1 broke")
    row = "| `np-03` | A door that opens | passed → failed | shut \\| and locked |"
    assert row in told.splitlines()
    assert markdown(between(FAILED, runs.opened())).startswith("## ✓ 1 healed")


def test_as_json() -> None:
    told = between(runs.opened(), FAILED).to_dict()
    assert told["schema"] == "kubeproof.dev/diff/v1"
    assert told["regressed"] is True


def test_every_behaviour_is_told_if_that_is_asked_for() -> None:
    old, new = (converging(0.25), runs.clouds()), (converging(0.5), runs.fog())
    found = compare(runs.run(*old), runs.run(*new))
    assert "Every behaviour" not in terminal(found) + markdown(found)
    lines = [re.split(r" {2,}", line) for line in terminal(found, every=True).splitlines()]
    assert ["", "np-03", "passed", "passed", "0.25 s", "0.50 s", "A door that opens"] in lines
    assert ["", "np-07", "–", "broken", "–", "–", "Fog"] in lines
    rows = markdown(found, every=True).splitlines()
    assert "| np-03 | passed | passed | 0.25 s | 0.50 s | A door that opens |" in rows
    assert "| np-05 | skipped | – | – | – | Clouds |" in rows


def test_times_of_two_kinds_of_cluster_are_not_compared() -> None:
    old, new = runs.run(converging(0.1), kind="sandbox"), runs.run(converging(9))
    assert not compare(old, new).slower


def test_what_is_not_known_of_a_cluster_is_called_unknown() -> None:
    old, new = runs.run(), runs.run()
    object.__setattr__(new.cluster, "cni", "")
    object.__setattr__(new.cluster, "missing", {"load-balancer": "there is none"})
    facts = compare(old, new).facts
    assert facts["network plugin"] == ("kindnet", "unknown")
    assert facts["load balancer"] == ("unknown", "none")
