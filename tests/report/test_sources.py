"""Features and manifests as the texts of a run, and the one number that stands for them."""

from dataclasses import replace
from pathlib import Path

import pytest

from kubeproof.report.sources import Source, below, digest, read
from tests.report import runs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("features/nodeport/doors.feature", "manifests/nodeport/doors.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "features" / "alone.feature").write_text("alone", encoding="utf-8")
    return tmp_path


def test_a_feature_is_read_with_the_manifest_of_its_path_and_stem(project: Path) -> None:
    source = read(project / "features/nodeport/doors.feature", "features/nodeport/doors.feature")
    assert source == Source(
        "features/nodeport/doors.feature",
        "features/nodeport/doors.feature",
        "manifests/nodeport/doors.yaml",
        "manifests/nodeport/doors.yaml",
    )
    assert source.area == "nodeport"


def test_every_feature_below_a_folder_is_read(project: Path) -> None:
    found = below(project / "features")
    assert [(one.uri, one.area, one.manifest_uri) for one in found] == [
        ("features/alone.feature", "", ""),
        ("features/nodeport/doors.feature", "nodeport", "manifests/nodeport/doors.yaml"),
    ]
    assert below(project / "features/alone.feature") == found[:1]


@pytest.mark.parametrize("part", ["text", "manifest"])
def test_the_digest_changes_with_every_word(part: str) -> None:
    changed = replace(runs.SOURCE, **{part: getattr(runs.SOURCE, part) + "."})
    assert digest([changed]) != digest([runs.SOURCE])


def test_the_digest_is_the_same_wherever_the_features_are_and_in_any_order() -> None:
    other = Source("features/alone.feature", "alone")
    moved = replace(runs.SOURCE, uri="/opt/kubeproof/" + runs.SOURCE.uri)
    assert digest([runs.SOURCE, other]) == digest([other, moved])
    assert digest([runs.SOURCE]) != digest([runs.SOURCE, other])


def test_text_moved_from_a_feature_to_its_manifest_is_another_suite() -> None:
    one, other = Source("a.feature", "ab", "a.yaml", "c"), Source("a.feature", "a", "a.yaml", "bc")
    assert digest([one]) != digest([other])
