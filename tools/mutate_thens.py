"""Leave out each statement of each Then in turn, and see whether ``kubeproof prove`` notices.

``python tools/mutate_thens.py [FUNCTION...]`` works on copies. mutmut leaves decorated functions
alone, and steps are decorated. A Then is noticed when a behaviour that uses it is not proven
without the statement; those with the fewest faults are asked first, at most five of them.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.feature import get_feature

from kubeproof.faults.registry import reddening
from kubeproof.plugin import vocabulary
from kubeproof.plugin.collection import rendered_steps

ROOT = Path(__file__).parents[1]
AT_A_TIME = 2
ASKED = 5


@dataclass(frozen=True)
class Deletion:
    """A statement that is left out of a Then, and the behaviours that have to notice."""

    file: str
    function: str
    lines: range
    text: str
    behaviours: tuple[str, ...]


def uses() -> dict[str, list[str]]:
    """By the name of a Then's function, the behaviours whose scenarios use it."""
    thens = [one for one in vocabulary.load() if one.keyword == "then"]
    found: dict[str, list[str]] = {one.function.__name__: [] for one in thens}
    for path in sorted((ROOT / "features").glob("**/*.feature")):
        for scenario in get_feature(str(path.parent), path.name).scenarios.values():
            [behaviour] = [tag for tag in scenario.tags if is_behaviour(tag)]
            steps = list(rendered_steps(scenario))
            for then in thens:
                if any(then.matches(step) for step in steps):
                    found[then.function.__name__].append(behaviour)
    return found


def is_behaviour(tag: str) -> bool:
    """Whether a tag is a behaviour's id, such as np-03."""
    area, _, number = tag.partition("-")
    return area.isalpha() and number.isdecimal()


def deletions(named: list[str]) -> Iterator[Deletion]:
    """Every statement that can be left out: those that are there for what they do."""
    by_function = uses()
    faults = reddening()
    for path in sorted((ROOT / "steps").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name not in by_function:
                continue
            if named and node.name not in named:
                continue
            there = sorted(set(by_function[node.name]))
            asked = sorted(there, key=lambda one: len(faults.get(one, ())))
            for one in ast.walk(node):
                if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
                    lines = range(one.lineno - 1, one.end_lineno or one.lineno)
                    yield Deletion(
                        path.name, node.name, lines, ast.unparse(one), tuple(asked[:ASKED])
                    )


def copied(folder: Path) -> Path:
    """A copy of kubeproof that Python finds before the installed one."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "kubeproof", folder / "kubeproof", ignore=without)
    for name in ("steps", "features", "manifests"):
        shutil.copytree(ROOT / name, folder / "kubeproof" / name, ignore=without)
    return folder / "kubeproof"


def proven(folder: Path, behaviour: str) -> bool:
    """Whether the copy still proves that the behaviour can fail.

    Raises:
        CalledProcessError: it could not be tried at all.
    """
    command = [sys.executable, "-m", "kubeproof", "prove", "--tags", f"@{behaviour}"]
    here = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [*command, "--workers", "2"], cwd=folder, env=here, check=False, capture_output=True
    )
    if done.returncode > 1:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.returncode == 0


def noticed_by(one: Deletion) -> str:
    """The first behaviour that is not proven without the statement; empty where none minds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = copied(folder) / "steps" / one.file
        before = file.read_text(encoding="utf-8")
        lines = before.splitlines(keepends=True)
        indent = lines[one.lines.start][: -len(lines[one.lines.start].lstrip())]
        lines[one.lines.start : one.lines.stop] = [f"{indent}pass\n"]
        for behaviour in one.behaviours:
            file.write_text("".join(lines), encoding="utf-8")
            if proven(folder, behaviour):
                continue
            file.write_text(before, encoding="utf-8")
            if proven(folder, behaviour):
                return behaviour
    return ""


def main(named: list[str]) -> int:
    """Leave out each statement, tell who noticed, and print the score."""
    every = list(deletions(named))
    survived = 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for one, behaviour in zip(every, pool.map(noticed_by, every), strict=True):
            survived += not behaviour
            told = f"noticed by {behaviour}" if behaviour else "survived"
            print(f"{one.file}: {one.function}: without {one.text}: {told}", flush=True)
    noticed = len(every) - survived
    print(f"{noticed} of {len(every)} statements of Thens noticed, {survived} survived")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
