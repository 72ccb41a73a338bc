"""JUnit XML, as CI systems read it: a broken check is an <error>, a broken promise a <failure>."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from kubeproof.report.record import Evidence, ScenarioRecord

GITLAB_PROJECT = "CI_PROJECT_DIR"  # the folder that GitLab's paths are below

# Characters that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, records: Iterable[ScenarioRecord], facts: Mapping[str, str]) -> None:
    """Write one suite for each feature."""
    root = ET.Element("testsuites", name="kubeproof")
    by_feature: dict[str, list[ScenarioRecord]] = {}
    for record in records:
        by_feature.setdefault(record.feature, []).append(record)
    for feature, scenarios in by_feature.items():
        root.append(_suite(feature, scenarios, facts, path.parent))
    root.attrib.update(_counts([one for scenarios in by_feature.values() for one in scenarios]))
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(
    feature: str, records: list[ScenarioRecord], facts: Mapping[str, str], folder: Path
) -> ET.Element:
    started = {"timestamp": records[0].started} if records[0].started else {}
    suite = ET.Element("testsuite", {"name": _clean(feature), **_counts(records), **started})
    _properties(suite, facts)
    suite.extend(_case(record, folder) for record in records)
    return suite


def _counts(records: list[ScenarioRecord]) -> dict[str, str]:
    def count(status: str) -> str:
        return str(sum(record.status == status for record in records))

    return {
        "tests": str(len(records)),
        "failures": count("failed"),
        "errors": count("broken"),
        "skipped": count("skipped"),
        "time": f"{sum(record.seconds for record in records):.3f}",
    }


def _case(record: ScenarioRecord, folder: Path) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_clean(record.uri),
        name=_clean(record.scenario),
        time=f"{record.seconds:.3f}",
    )
    _properties(case, dict(_told_of(record)))
    _evidence(case, record)
    element = {"failed": "failure", "broken": "error", "skipped": "skipped"}.get(record.status)
    if element:
        told = ET.SubElement(case, element, message=_clean(record.reason.partition("\n")[0]))
        told.text = _clean(_told(record))
    if record.evidence:
        ET.SubElement(case, "system-out").text = _clean(_attached(record.evidence, folder))
    return case


def _attached(evidence: Evidence, folder: Path) -> str:
    """The evidence, and the line by which GitLab and Jenkins find its file.

    Jenkins' plugin wants the file's whole name, GitLab one below the project's folder
    (https://plugins.jenkins.io/junit-attachments, https://docs.gitlab.com/ci/testing/unit_test_reports).
    """
    path, project = (folder / evidence.file).resolve(), os.environ.get(GITLAB_PROJECT, "")
    if project and path.is_relative_to(project):
        path = path.relative_to(project)
    return f"{evidence.text}\n[[ATTACHMENT|{path}]]\n"


def _told_of(record: ScenarioRecord) -> Iterator[tuple[str, str]]:
    yield "behaviour", record.behaviour
    yield "rule", record.rule
    yield "tags", " ".join(f"@{tag}" for tag in record.tags)
    if record.reason:
        yield "reason", record.reason
    if record.earlier:
        yield "attempts", str(record.attempts)
    if record.converged is not None:
        yield "converged", f"{record.converged:.3f}"  # seconds
    if record.evidence:
        yield "evidence.file", record.evidence.file
    for name, value in record.example.items():
        yield f"example.{name}", value


def _evidence(case: ET.Element, record: ScenarioRecord) -> None:
    """Every connection, one property each; CI systems show those of green tests too."""
    holder = case.find("properties")
    assert holder is not None
    for seen in record.seen:
        ET.SubElement(holder, "property", name="evidence", value=_clean(str(seen)))


def _told(record: ScenarioRecord) -> str:
    steps = [f"{step.status:9} {step.keyword} {step.text}" for step in record.steps]
    seen = [f"  {one}" for step in record.steps for one in step.seen]
    return "\n".join([record.reason, "", *steps, *seen])


def _properties(parent: ET.Element, named: Mapping[str, str]) -> None:
    holder = ET.SubElement(parent, "properties")
    for name, value in named.items():
        ET.SubElement(holder, "property", name=name, value=_clean(value))


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("�", text)
