"""The statement about a cluster: valid, never flattering, and never of the sandbox."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from kubeproof.report.conformance import conformance_yaml, report, result, shipped, stated
from kubeproof.report.record import ScenarioRecord
from kubeproof.report.run import RunRecord
from kubeproof.report.written import CONFORMANCE, write
from tests.report import runs

SCHEMA = files("kubeproof.report").joinpath("schema", "service-conformance-report-v1.json")
VALIDATOR: Any = Draft202012Validator(
    json.loads(SCHEMA.read_text(encoding="utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def made(*scenarios: ScenarioRecord) -> dict[str, Any]:
    return report(runs.run(*scenarios), [runs.SOURCE])


def behaviour(found: dict[str, Any], ident: str) -> dict[str, Any]:
    [one] = [one for one in found["behaviours"] if one["id"] == ident]
    return one


def test_the_schema_is_one_and_accepts_the_report() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)
    VALIDATOR.validate(made())
    VALIDATOR.validate(yaml.safe_load(conformance_yaml(runs.run())))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["kind"], "ConformanceReport"),
        (["cluster", "kind"], "sandbox"),
        (["profiles", 0, "result"], "good"),
        (["behaviours", 1, "reason"], ""),
        (["suite", "featuresDigest"], "sha256:1"),
        (["weather"], "fog"),
    ],
)
def test_the_schema_refuses_what_is_none(path: list[str | int], value: str) -> None:
    found: Any = made()
    holder = found
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(found)


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (["passed"], "success"),
        (["passed", "skipped"], "partial"),
        (["passed", "not run"], "partial"),
        (["passed", "broken"], "partial"),
        (["passed", "skipped", "failed"], "failure"),
        ([], "partial"),
    ],
)
def test_a_profile_is_a_success_only_if_everything_was_checked_and_kept(
    statuses: list[str], wanted: str
) -> None:
    assert result(statuses) == wanted


def test_each_behaviour_has_its_end_its_reason_and_its_times() -> None:
    found = made()
    assert behaviour(found, "np-03") == {
        "id": "np-03",
        "title": "A door that opens",
        "area": "nodeport",
        "level": "core",
        "status": "passed",
        "durationSeconds": 0.5,
        "attempts": 1,
        "convergenceSeconds": 0.25,
    }
    lied = behaviour(found, "np-04")
    assert (lied["status"], lied["attempts"]) == ("failed", 2)
    assert "seen: shut" in lied["reason"]
    assert behaviour(found, "np-08")["status"] == "notRun"


def test_profiles_count_and_name_what_was_not_kept_and_what_was_not_checked() -> None:
    [core] = made()["profiles"]
    assert core == {
        "name": "core",
        "result": "failure",
        "statistics": {"passed": 2, "failed": 1, "broken": 1, "skipped": 1, "notRun": 1},
        "failed": ["np-04"],
        "unchecked": ["np-05", "np-07", "np-08"],
    }


def test_a_behaviour_that_the_run_left_out_makes_core_partial() -> None:
    whole = [runs.opened()]
    run = runs.run(*whole)
    [core, *_] = report(run, shipped())["profiles"]
    assert core["result"] == "partial"
    assert "cip-01" in core["unchecked"]


def test_every_feature_that_is_shipped_has_a_valid_report() -> None:
    run = runs.run()
    run.sources, run.scenarios = list(shipped()), []
    found = report(run, shipped())
    VALIDATOR.validate(found)
    assert found["suite"]["featuresDigest"] == found["suite"]["shippedDigest"]
    assert {one["result"] for one in found["profiles"]} == {"partial"}


def test_the_cluster_and_the_images_are_told() -> None:
    found = made()
    assert found["cluster"]["proxyMode"] == "nftables"
    assert found["cluster"]["kernels"] == ["6.1"]
    assert found["cluster"]["missingCapabilities"] == {"zones": "none"}
    assert found["images"] == [{"name": "agnhost:2.53", "digest": "agnhost@sha256:" + "0" * 64}]
    assert "172.30.0.11" not in json.dumps(found["cluster"])  # addresses are nobody's business


def test_how_to_reproduce() -> None:
    run = runs.run()
    run.facts["command"] = "kubeproof run --cluster=kubeconfig --tags=@core"
    told = report(run, [])["reproduce"]
    assert told == "pip install kubeproof==0.1.0\nkubeproof run --cluster=kubeconfig --tags=@core\n"


def test_there_is_none_of_the_sandbox_and_an_old_one_does_not_stay(tmp_path: Path) -> None:
    write(tmp_path, runs.run())
    assert (tmp_path / CONFORMANCE).exists()
    write(tmp_path, runs.run(kind="sandbox"))
    assert not (tmp_path / CONFORMANCE).exists()
    assert not stated(RunRecord())
