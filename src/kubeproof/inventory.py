"""The documented behaviours of Services, each with an id, whether or not a scenario shows it.

The table lists 232 promises of the Kubernetes documentation with where they stand and which of
Kubernetes' own e2e tests checks them, if any. An id is a tag on exactly one scenario.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ID = re.compile(r"[a-z]+-\d{2}")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One documented, observable promise."""

    id: str
    seed: bool  # the document that the project started from claims it
    claim: str
    source: str  # section of the documentation
    upstream: tuple[str, ...]  # titles of Kubernetes' own e2e tests
    conformance: bool  # one of those is a Conformance test


@cache
def behaviours() -> Mapping[str, Behaviour]:
    """Every behaviour, by id."""
    table = files("kubeproof").joinpath("behaviours.csv").read_text(encoding="utf-8")
    return {row["id"]: _behaviour(row) for row in csv.DictReader(table.splitlines())}


@cache
def left_out() -> Mapping[str, str]:
    """Why there is no scenario for a behaviour, by id."""
    table = files("kubeproof").joinpath("left_out.csv").read_text(encoding="utf-8")
    return {row["id"]: row["reason"] for row in csv.DictReader(table.splitlines())}


def _behaviour(row: Mapping[str, str]) -> Behaviour:
    return Behaviour(
        id=row["id"],
        seed=row["seed"] == "seed",
        claim=row["claim"],
        source=row["source"],
        upstream=tuple(filter(None, row["upstream"].split(" ; "))),
        conformance=row["conformance"] == "yes",
    )
