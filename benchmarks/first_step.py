"""A pytest plugin that notes when the first step of a run has passed.

Named with ``-p benchmarks.first_step``; the moment goes into the file $KUBEPROOF_FIRST_STEP.
"""

import os
import time
from pathlib import Path


def pytest_bdd_after_step() -> None:
    """Write the moment down, once."""
    note = Path(os.environ["KUBEPROOF_FIRST_STEP"])
    if not note.exists():
        note.write_text(repr(time.time()), encoding="utf-8")
