"""Keeping what the cluster looked like when a scenario had failed: in its record and in a file."""

import re
from pathlib import Path

import pytest

from kubeproof.report.record import EVIDENCE, Evidence, ScenarioRecord


def kept(item: pytest.Item, scenario: ScenarioRecord, told: str, seen: str) -> str:
    """Write down what was told of a failure and what was seen; the line that says where."""
    file = f"{EVIDENCE}/{name(item, scenario)}.txt"
    path = Path(item.config.option.report) / file
    scenario.evidence = Evidence.kept(file, seen)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{told}\n\n{seen}", encoding="utf-8")
    except OSError as error:
        return f"\n\nevidence: could not be written to {path}: {error.strerror}"
    return f"\n\nevidence: {path}"


def name(item: pytest.Item, scenario: ScenarioRecord) -> str:
    """A file's name for a scenario: each row of an outline and each attempt has its own."""
    attempt = getattr(item, "execution_count", 1)  # counted by pytest-rerunfailures
    again = [str(attempt)] if attempt > 1 else []
    parts = [scenario.behaviour, str(scenario.line), *scenario.example.values(), *again]
    return re.sub(r"[^\w-]+", "-", "-".join(filter(None, parts)))[:120]
