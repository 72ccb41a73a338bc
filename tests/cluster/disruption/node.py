"""A node to break: processes, network and rules of its own, gone with the shell that runs in it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kubeproof.cluster.disruption.switch import SCRIPT

NAMESPACE = ("unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--mount-proc")
PRELUDE = """
cd "$1"
switch() { sh "$PWD/switch" "$@"; }
await() { # a condition, ten seconds at most
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || { echo "never so: $*"; exit 99; }
        sleep 0.05
    done
}
state() { sed 's/.*) \\(.\\).*/\\1/' "/proc/$1/stat"; }
is() { [ "$(state "$1")" = "$2" ]; }
process() { # one that is called so; its id in $id
    bin=$(mktemp -d ./bin.XXXX) && cp "$(command -v sleep)" "$bin/$1"
    "$bin/$1" 60 & id=$!
    await comm_is "$id" "$1"
}
comm_is() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]; }
answers() { # whether a datagram to an address of this node arrives
    python3 -c "
import socket, sys
ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
ends[0].bind((sys.argv[1], 9)); ends[0].settimeout(0.5)
ends[1].sendto(b'x', (sys.argv[1], 9)); ends[0].recv(1)
" "$1" 2>/dev/null
}
waits() { # for a sleep that it has started
    for child in $(cat "/proc/$1/task/$1/children"); do comm_is "$child" sleep && return; done
    return 1
}
mended() { [ ! -d on ]; }
"""


def on_node(folder: Path, script: str, *needs: str) -> str:
    """Run a shell script on a fresh node with the switch in its folder; what it printed."""
    for tool in ("unshare", *needs):
        if shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            pytest.skip(f"there is no {tool} here")
    (folder / "switch").write_text(SCRIPT, encoding="utf-8")
    command = [*NAMESPACE, "sh", "-euc", PRELUDE + script, "sh", str(folder)]
    paths = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PAUSE": "0.02"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=paths
    )
    if "unshare:" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr + _errors(folder)
    return done.stdout


def _errors(folder: Path) -> str:
    errors = folder / "on" / "errors"
    return errors.read_text() if errors.exists() else ""
