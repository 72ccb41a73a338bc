"""Change the checks' own code, one place at a time, and see whether the tests notice.

``python tools/mutate.py [MODULE...]`` mutates ``waiting``, all of ``probing``, and what Thens ask
and promise, or the modules named, such as ``kubeproof/waiting.py``. It works on a copy, and needs
mutmut (extra ``mutation``).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUTATED = (
    "kubeproof/waiting.py",
    "kubeproof/probing/*",
    "kubeproof/cluster/promises.py",
    "kubeproof/plugin/asking.py",
)
TESTS = (
    "tests/test_waiting.py",
    "tests/probing",
    "tests/cluster/test_promises.py",
    "tests/plugin/test_asking.py",
)
SUPPORT = (
    "tests/__init__.py",
    "tests/clocks.py",
    "tests/cluster/__init__.py",
    "tests/cluster/promises_of.py",
    "tests/plugin/__init__.py",
)
DETECTED = ("killed", "timeout", "suspicious", "caught by type check")


def configuration(mutated: list[str]) -> str:
    """What mutmut reads: which files it changes, and which tests have to notice."""
    settings = {
        "source_paths": ["src/"],
        "only_mutate": [f"src/{one}" for one in mutated],
        "also_copy": ["tests"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": list(TESTS),
    }
    lines = [f"{name}=\n    " + "\n    ".join(values) for name, values in settings.items()]
    return "\n".join(["[mutmut]", *lines, ""])


def prepared(folder: Path, mutated: list[str]) -> None:
    """Copy what is changed, and the tests that have to notice."""
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", folder / "src", ignore=without)
    (folder / "tests").mkdir()
    for name in (*TESTS, *SUPPORT):
        there = ROOT / name
        if there.is_dir():
            shutil.copytree(there, folder / name, ignore=without)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(there, folder / name)
    (folder / "setup.cfg").write_text(configuration(mutated), encoding="utf-8")


def score(results: str) -> str:
    """How many changes were noticed, from ``mutmut results --all true``."""
    ends = [line.rpartition(": ")[2] for line in results.splitlines() if ": " in line]
    noticed = sum(end in DETECTED for end in ends)
    survived = ends.count("survived")
    share = 100 * noticed / len(ends) if ends else 0.0
    return f"{noticed} of {len(ends)} changes noticed ({share:.1f} %), {survived} survived"


def main(mutated: list[str]) -> int:
    """Mutate, then list what survived and print the score."""
    mutmut = [sys.executable, "-m", "mutmut"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared(folder, mutated or list(MUTATED))
        done = subprocess.run([*mutmut, "run"], cwd=folder, check=False)
        if done.returncode:
            return done.returncode
        asked = [*mutmut, "results", "--all", "true"]
        results = subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True)
    print("\n".join(line for line in results.stdout.splitlines() if line.endswith("survived")))
    print(score(results.stdout))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
