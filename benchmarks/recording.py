"""What recording costs: the share of a run that goes into writing down what it does.

    python benchmarks/recording.py [FEATURES]

Runs the features once, with a clock around everything that only the record needs: counting
observations, beginning and ending steps, collecting facts, making JSON. The reports that are made
when a run has ended are counted by themselves.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pytest

from kubeproof.cli.run import default_features
from kubeproof.plugin import recording, results


class Clock:
    """Adds up what the calls of some functions take."""

    def __init__(self) -> None:
        self.spent = 0.0

    def around(self, holder: Any, *names: str) -> None:
        """Measure these functions from now on."""
        for name in names:
            setattr(holder, name, self._timed(getattr(holder, name)))

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.spent += time.perf_counter() - started

        return timed


def main() -> int:
    """Print the figures."""
    features = sys.argv[1:] or [default_features()]
    record, report = Clock(), Clock()
    record.around(recording.Record, "begin", "end", "observed", "converged", "finish")
    record.around(recording, "untold")
    record.around(recording.ScenarioRecord, "to_json")
    report.around(results, "write")
    with tempfile.TemporaryDirectory() as folder:
        plugins = ("-p", "kubeproof.plugin", "-p", "no:cacheprovider", "-q", "--no-header")
        started = time.perf_counter()
        code = pytest.main([*plugins, f"--report={folder}", *features])
        took = time.perf_counter() - started
    print(f"run: {took:.2f} s; recording: {record.spent:.3f} s, {record.spent / took:.2%} of it")
    print(f"reports when it had ended: {report.spent:.3f} s")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
