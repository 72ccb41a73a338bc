"""The sandbox's process, started as a script by a fresh interpreter: see ``launch.py``.

Standard input is the control socket. Its first message says where modules are found, since the
interpreter runs isolated from the environment and from site packages (``-I -S``: quicker, and
no ``.pth`` file can start threads, which would forbid a user namespace). The standard library
stays in front, so that no module of the caller's can shadow one of it.
"""

import json
import os
import socket
import sys


def main() -> None:
    """Take the control socket off standard input, learn the module path, and boot."""
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    path = json.loads(control.recv(1 << 17, socket.MSG_PEEK)[1:])["path"]
    sys.path += [entry for entry in path if entry not in sys.path]
    from kubeproof.sandbox.boot import boot  # not importable before sys.path is known

    boot(control)


if __name__ == "__main__":
    main()
