"""JUnit XML: well-formed whatever was seen, counted, and telling ends apart."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kubeproof.report import junit
from kubeproof.report.record import ScenarioRecord
from tests.report.records import observation, scenario, step

FACTS = {"kubeproof": "0.1.0", "cluster": "sandbox"}
EVERY_END = [
    scenario(),
    scenario(behaviour="np-04", status="failed", reason="the door opens; seen: shut"),
    scenario(behaviour="np-05", status="broken", reason="nobody can see"),
    scenario(behaviour="np-06", status="skipped", reason="this cluster has none"),
    scenario(behaviour="np-07", status="failed", reason="again"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "as needed" / "junit.xml"


def written(path: Path, records: Sequence[ScenarioRecord]) -> ET.Element:
    junit.write(path, records, FACTS)
    return ET.parse(path).getroot()


def named(element: ET.Element) -> dict[str | None, str | None]:
    return {one.get("name"): one.get("value") for one in element.findall("properties/property")}


def test_a_suite_for_each_feature_with_its_counts(path: Path) -> None:
    other = scenario(feature="Another", behaviour="etp-03")
    root = written(path, [*EVERY_END, other])
    assert root.tag == "testsuites"
    counted = ("name", "tests", "failures", "errors", "skipped", "time")
    assert [tuple(one.get(name) for name in counted) for one in root] == [
        ("A NodePort Service", "5", "2", "1", "1", "1.250"),
        ("Another", "1", "0", "0", "0", "0.250"),
    ]


def test_every_end_has_its_element(path: Path) -> None:
    root = written(path, EVERY_END)
    ends = [[child.tag for child in case][1:] for case in root.iter("testcase")]
    assert ends == [[], ["failure"], ["error"], ["skipped"], ["failure"]]


def test_a_case_names_the_scenario_and_what_it_shows(path: Path) -> None:
    [case] = written(path, [scenario()]).iter("testcase")
    assert case.attrib == {
        "classname": "features/nodeport/node_port.feature",
        "name": "NodePort on every node reaches Pods on other nodes",
        "time": "0.250",
    }
    assert named(case) == {
        "behaviour": "np-03",
        "rule": "The port is open on every node",
        "tags": "@capability:outside @core @np-03",
    }


def test_every_suite_says_what_produced_it(path: Path) -> None:
    root = written(path, [scenario(), scenario(feature="Another")])
    assert [named(one) for one in root] == [FACTS, FACTS]


def test_the_message_is_the_first_line_and_the_text_has_all(path: Path) -> None:
    asking = step("a client connects")
    asking.add(observation())
    failed = step("it is answered", "failed", keyword="Then")
    record = scenario(status="failed", reason="a wish\nand more", steps=[asking, failed])
    [failure] = written(path, [record]).iter("failure")
    assert failure.get("message") == "a wish"
    assert (failure.text or "").splitlines() == [
        "a wish",
        "and more",
        "",
        "passed    When a client connects",
        "failed    Then it is answered",
        "  a client → the node port of n1 (172.30.0.11:30000): answered by pod-1 ×1",
    ]


def test_a_failure_without_words_is_one_all_the_same(path: Path) -> None:
    [failure] = written(path, [scenario(status="failed", reason="")]).iter("failure")
    assert failure.get("message") == ""


UNWRITABLE = "".join(map(chr, (0, 1, 8, 11, 12, 14, 27, 31, 0xFFFE, 0xFFFF, 0xD800, 0xDFFF)))


@pytest.mark.parametrize("character", UNWRITABLE, ids=ascii)
def test_characters_that_xml_cannot_have_are_replaced(path: Path, character: str) -> None:
    text = f"a{character}b"
    record = scenario(
        scenario=text, feature=text, rule=text, uri=text, tags=[text],
        status="failed", reason=text, steps=[step(text)],
    )  # fmt: skip
    root = written(path, [record])
    [case] = root.iter("testcase")
    [failure] = root.iter("failure")
    assert [root[0].get("name"), case.get("name"), case.get("classname")] == ["a�b"] * 3
    assert failure.get("message") == "a�b"
    assert "When a�b" in (failure.text or "")


@pytest.mark.parametrize(
    "text", ["<a> & 'b' \"c\" ]]>", "로컬 정책", "🚪 → 문", "tab\tand � itself"]
)
def test_every_other_character_stays(path: Path, text: str) -> None:
    root = written(path, [scenario(scenario=text, status="broken", reason=text)])
    [case] = root.iter("testcase")
    [error] = root.iter("error")
    assert case.get("name") == error.get("message") == text
    assert (error.text or "").startswith(text)


def test_a_run_of_nothing_is_an_empty_report(path: Path) -> None:
    assert list(written(path, [])) == []


def test_an_older_report_is_replaced(path: Path) -> None:
    written(path, EVERY_END)
    assert len(list(written(path, [scenario()]).iter("testcase"))) == 1
