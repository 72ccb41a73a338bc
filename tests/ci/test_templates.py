"""What adopters copy: templates that linters accept and that call the script that is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

CI = Path(__file__).parents[2] / "ci"
TEMPLATES = ("github-actions.yml", "gitlab-ci.yml")
SCHEMAS = {"github-actions.yml": "github-workflows", "gitlab-ci.yml": "gitlab-ci"}
RULES = (
    "{extends: default, rules: {line-length: {max: 100}, comments: {min-spaces-from-content: 1}}}"
)


def tool(name: str) -> str:
    """A linter on the PATH or beside this Python; the test is skipped where it is not installed."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def lint(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def matrix(template: str) -> dict[str, Any]:
    read = yaml.safe_load((CI / template).read_text())
    if template.startswith("github"):
        return read["jobs"]["services"]["strategy"]["matrix"]
    return read["kubeproof"]["parallel"]["matrix"][0]


@pytest.mark.parametrize("template", TEMPLATES)
def test_yamllint_has_nothing_to_say(template: str) -> None:
    lint(tool("yamllint"), "--strict", "-d", RULES, str(CI / template))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_what_its_ci_understands(template: str) -> None:
    schema = f"vendor.{SCHEMAS[template]}"
    lint(tool("check-jsonschema"), "--builtin-schema", schema, str(CI / template))


def test_actionlint_has_nothing_to_say() -> None:
    lint(tool("actionlint"), str(CI / "github-actions.yml"))


def test_the_script_is_one_that_every_shell_reads() -> None:
    lint("sh", "-n", str(CI / "run.sh"))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_runs_the_script_and_keeps_the_report(template: str) -> None:
    text = (CI / template).read_text()
    assert re.search(r"\bci/run\.sh\b", text)
    assert "report/" in text


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_matrix_is_of_versions_and_proxy_modes(template: str) -> None:
    one = {key.lower(): values for key, values in matrix(template).items()}
    modes = one.get("proxy-mode") or one["proxy_mode"]
    assert set(modes) == {"iptables", "nftables"}
    assert len(one["k3s"]) >= 3
    assert all(re.fullmatch(r"v1\.\d+\.\d+-k3s\d", version) for version in one["k3s"])


def test_both_templates_check_the_same() -> None:
    github, gitlab = (list(matrix(template).values()) for template in TEMPLATES)
    assert github == gitlab
