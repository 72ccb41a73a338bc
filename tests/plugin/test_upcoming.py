"""What is known of the scenario that runs, and of the one after it, before its steps run."""

from pathlib import Path

from tests.plugin.project import Project, indented

TOLD = """
import pytest
from kubeproof.plugin.upcoming import manifest_after, named_in_givens


@pytest.fixture(autouse=True)
def told(request):
    after = manifest_after(request.node)
    names = [obj["metadata"]["name"] for obj in after.objects] if after else None
    print(f"told {request.node.name}: {sorted(named_in_givens(request.node))} then {names}")
"""
FEATURE = """\
Feature: {}

  Background:
    Given a door

""" + indented(
    """\
    @np-03
    Scenario Outline: Doors
      Given a door "<who>"
      When somebody knocks 2 times
      Then it opens

      Examples:
        | who   |
        | pod-7 |
    """
)
STEPS = '''
from pytest_bdd import given, parsers


@given(parsers.parse('a door "{who}"'))
def door_of(who):
    """Somebody's door."""
'''
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: pod-9}\n"


def test_names_of_givens_and_the_manifest_that_follows(tmp_path: Path) -> None:
    project = Project.made(tmp_path)
    conftest = tmp_path / "conftest.py"
    conftest.write_text(conftest.read_text() + STEPS + TOLD)
    for name in ("a", "b"):
        project.feature(FEATURE.format(name), name)
    (tmp_path / "manifests").mkdir(exist_ok=True)
    (tmp_path / "manifests" / "b.yaml").write_text(POD)
    said = [line for line in project.run("-s").out.splitlines() if "told Doors" in line]
    assert [line.partition(": ")[2] for line in said] == [
        "['pod-7'] then ['pod-9']",
        "['pod-7'] then None",
    ]
