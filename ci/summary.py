"""A job summary in Markdown from junit.xml: how many, what failed and why, what was skipped.

usage: summary.py JUNIT TITLE EXIT_CODE

It needs Python's own library only, so that it works beside any installation of kubeproof.
"""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

ENDS = {
    "0": "every promise was kept",
    "1": "a promise was broken",
    "2": "misuse: see the log of the job",
    "3": "no cluster could be had: see the log of the job",
    "4": "a check broke, so that nothing can be said",
    "5": "no scenario was selected",
}
OUTCOMES = {"failure": "failed", "error": "broken", "skipped": "skipped"}


def main(junit: Path, title: str, code: str) -> None:
    """Print the summary; without a report it says how the run ended all the same."""
    print(f"### kubeproof: {title.strip()}\n\n**{ENDS.get(code, f'ended with {code}')}**\n")
    if not junit.is_file():
        return
    cases = [_outcome(case) for case in ET.parse(junit).iter("testcase")]
    counts = Counter(outcome for outcome, _, _ in cases)
    told = [f"{counts[one]} {one}" for one in ("passed", *OUTCOMES.values()) if counts[one]]
    print(f"{len(cases)} scenarios: {', '.join(told)}\n")
    unusual = [case for case in cases if case[0] != "passed"]
    if unusual:
        print("| | scenario | why |\n| --- | --- | --- |")
        for outcome, name, why in sorted(unusual):
            print(f"| {outcome} | {_cell(name)} | {_cell(why)} |")


def _outcome(case: ET.Element) -> tuple[str, str, str]:
    for element in case:
        if element.tag in OUTCOMES:
            why = element.get("message") or element.text or ""
            return OUTCOMES[element.tag], case.get("name", ""), why
    return "passed", case.get("name", ""), ""


def _cell(text: str) -> str:
    """A text that stays in one cell of a table."""
    line = " ".join(text.split())
    short = line if len(line) <= 300 else f"{line[:299]}…"
    return short.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
