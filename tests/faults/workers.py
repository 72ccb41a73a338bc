"""A worker that runs no scenario: it answers trials from a script, with marks of its own life."""

import sys
import textwrap
from pathlib import Path

PROGRAM = """
import json, os, pathlib, sys

folder = pathlib.Path({folder!r})
script = json.loads((folder / "script.json").read_text())
(folder / "born").open("a").write(f"{{os.getpid()}}\\n")
print(json.dumps({{"behaviours": script["behaviours"], "refused": script.get("refused", "")}}))
sys.stdout.flush()
fresh = True
for line in sys.stdin:
    wanted = json.loads(line)
    (folder / "asked").open("a").write(line)
    key = wanted["behaviour"] + " " + ",".join(wanted["faults"])
    answer = script["answers"].get(("fresh " if fresh else "used ") + key)
    answer = answer or script["answers"].get(key, ["passed", "", True])
    fresh = False
    if answer[0] == "dies":
        print("last words", file=sys.stderr)
        sys.exit(3)
    ran = {{"scenario": "s", "status": answer[0], "reason": answer[1], "told": ""}}
    end = [answer[3], answer[1]] if len(answer) > 3 else None
    print(json.dumps({{"scenarios": [ran], "seconds": 0.1, "clean": answer[2], "end": end}}))
    sys.stdout.flush()
"""


def command(folder: Path) -> list[str]:
    """The command of a worker that acts by ``script.json`` in a folder."""
    return [sys.executable, "-I", "-c", textwrap.dedent(PROGRAM.format(folder=str(folder)))]
