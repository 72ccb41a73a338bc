"""A k3d that writes down how it was called and then does what the test says."""

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = """\
#!{python}
import json, os, sys
call = {{"arguments": sys.argv[1:], "KUBECONFIG": os.environ.get("KUBECONFIG", "")}}
if sys.argv[1:] == ["version"]:
    print({version!r})
    sys.exit(0)
call["stdin"] = sys.stdin.read() if "create" in sys.argv else ""
with open({calls!r}, "a") as calls:
    print(json.dumps(call), file=calls)
{body}
"""


@dataclass(frozen=True)
class FakeK3d:
    """One executable named k3d in a folder of its own."""

    folder: Path

    @property
    def path(self) -> str:
        """A PATH on which it is the only k3d."""
        return f"{self.folder}:/usr/bin:/bin"

    def calls(self) -> list[dict[str, Any]]:
        """How it was called, without questions for its version."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def commands(self) -> list[str]:
        """The arguments of each call, as one text."""
        return [shlex.join(call["arguments"]) for call in self.calls()]


def fake_k3d(folder: Path, body: str = "", version: str = "k3d version v5.9.0") -> FakeK3d:
    """Write one; ``body`` is Python that may look at ``call``."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "k3d"
    text = SCRIPT.format(
        python=sys.executable, version=version, calls=str(folder / "calls"), body=body
    )
    script.write_text(text)
    script.chmod(0o755)
    return FakeK3d(folder)
