"""The catalogue of phrases in the documentation is what the command makes."""

from pathlib import Path

import pytest

from kubeproof.cli import main

DOCUMENT = Path(__file__).parents[2] / "docs" / "steps.md"


def test_the_page_in_the_documentation_is_what_the_command_makes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["docs", "--steps"]) == 0
    assert capsys.readouterr().out == DOCUMENT.read_text(encoding="utf-8"), "run: make docs"
