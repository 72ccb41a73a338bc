"""Small projects that use the plugin, each run by a pytest of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent, indent
from typing import Any
from xml.etree import ElementTree as ET

from tests.cli import console

PYTEST = (sys.executable, "-m", "pytest", "-p", "kubeproof.plugin", "-p", "no:cacheprovider")
KUBEPROOF = (*console.KUBEPROOF, "run")

# A cluster kind without a cluster, and steps that end in every way there is.
CONFTEST = '''
"""A cluster that is none, and what can be said of it."""

import httpx
from pytest_bdd import given, parsers, then, when

from kubeproof.capability import MEANING, Finding
from kubeproof.cluster import choose
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken, ClusterUnavailable, Misuse, PromiseBroken
from kubeproof.probing import Observation, Outcome, Target
from kubeproof.waiting import SANDBOX


class FakeApi:
    def version(self):
        return "v1.36.2"

    def get(self, kind, name, namespace=""):
        raise CheckBroken("this cluster has none")

    def create(self, obj):
        raise Rejected(403, "Forbidden", "this cluster makes nothing")

    def http_get(self, path):
        said = 'kubernetes_feature_enabled{{name="{}",stage="BETA"}} {}\\n'
        gates = {"RelaxedServiceNameValidation": 1, "PreferSameTrafficDistribution": 0}
        return httpx.Response(200, text="".join(said.format(*one) for one in gates.items()))

    def list(self, kind, namespace="", *, group="v1", labels=""):
        return []


class FakeCluster:
    kind = "fake"
    disposable = True
    api = FakeApi()
    kubeconfig = ""
    outside = None
    budgets = SANDBOX

    def findings(self):
        lacking = Finding(False, "this cluster has none")
        there = {name: Finding(True, "it is there") for name in MEANING}
        return there | {"load-balancer": lacking}

    def rules(self, node):
        return ""

    def connections(self, node):
        return []

    def close(self):
        print("the cluster was closed")


ENDS = {"misuse": Misuse, "unavailable": ClusterUnavailable, "unreachable": CheckBroken}


def fake(wanted):
    if wanted.context in ENDS:
        raise ENDS[wanted.context]("no such cluster")
    return FakeCluster()


choose.KINDS = {**choose.KINDS, "fake": fake}
DOOR = Target("the door", "192.0.2.1", 30000)


@given("a door")
def a_door(cluster):
    """There is a door."""


@when(parsers.parse("somebody knocks {times:d} times"))
def somebody_knocks(scenario_record, times):
    """The door is tried."""
    for number in range(times):
        pod = f"pod-{1 + number % 2}"
        one = Observation("a client", DOOR, Outcome.ANSWERED, 0.001, pod, "192.0.2.9")
        scenario_record.observed(one)
    lost = Observation("a client", DOOR, Outcome.TIMED_OUT, 1.0, detail="bell\\x07 and null\\x00")
    scenario_record.observed(lost)


@then("it opens")
def it_opens():
    """The door opens."""


@then(parsers.parse("it ends with {error}"))
def it_ends_with(error):
    """It ends in that way."""
    raise {
        "a broken promise": PromiseBroken("the door opens; seen: shut"),
        "a broken check": CheckBroken("nobody can see the door"),
        "misuse": Misuse("there is no such manifest"),
        "a defect": TypeError("a step is wrong"),
        "silence": AssertionError(),
    }[error]


@then("an assertion of its own fails")
def assertion_fails():
    """What people write in their own steps."""
    opened = 0
    assert opened == 1, "opened once"
'''

INI = "[pytest]\naddopts = --strict-markers\n"


@dataclass(frozen=True)
class Ended:
    """A run that has ended: what it said, its exit code, its reports."""

    code: int
    out: str
    err: str
    report: Path

    @property
    def text(self) -> str:
        return self.out + self.err

    @cached_property
    def run(self) -> dict[str, Any]:
        return json.loads((self.report / "run.json").read_text(encoding="utf-8"))

    @cached_property
    def junit(self) -> ET.Element:
        return ET.parse(self.report / "junit.xml").getroot()

    @property
    def statuses(self) -> dict[str, str]:
        """How each scenario ended, by its title."""
        return {one["scenario"]: one["status"] for one in self.run["scenarios"]}

    def scenario(self, behaviour: str) -> dict[str, Any]:
        [found] = [one for one in self.run["scenarios"] if one["behaviour"] == behaviour]
        return found

    def case(self, behaviour: str) -> ET.Element:
        [found] = [
            case
            for case in self.junit.iter("testcase")
            if case.find(f"properties/property[@name='behaviour'][@value='{behaviour}']")
            is not None
        ]
        return found


@dataclass(frozen=True)
class Project:
    """A folder with a conftest and features."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *scenarios: str, conftest: str = CONFTEST) -> "Project":
        (folder / "pytest.ini").write_text(INI)
        (folder / "conftest.py").write_text(conftest)
        project = cls(folder)
        if scenarios:
            project.feature("Feature: Doors\n\n" + indented(*scenarios))
        return project

    def feature(self, text: str | bytes, name: str = "doors") -> Path:
        path = self.folder / "features" / f"{name}.feature"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def run(self, *arguments: str, command: tuple[str, ...] = PYTEST) -> Ended:
        """Run the features with pytest, or with another command."""
        return self.ended(*command, "features", "--cluster=fake", *arguments)

    def ended(self, *command: str) -> Ended:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=console.SECONDS,
        )
        return Ended(done.returncode, done.stdout, done.stderr, self.folder / "report")


def indented(*scenarios: str) -> str:
    return "\n".join(indent(dedent(one), "  ") for one in scenarios)


def scenario(title: str, *steps: str, tags: str = "@np-03") -> str:
    lines = steps or ("Given a door", "When somebody knocks 3 times", "Then it opens")
    return "\n".join([tags, f"Scenario: {title}", *(f"  {line}" for line in lines), ""])
