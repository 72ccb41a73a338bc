"""From a fresh process to PID 1 of a sandbox.

Two processes: the *guardian* keeps waiting in the host's pid namespace; its child is PID 1 of
the sandbox's pid namespace, so the kernel ends everything inside when it ends. Three ties keep
anything from outliving its owner, whatever is killed, hung or forked:

- PID 1 ends at once when the owner's side of the control socket is closed (the lease);
- the guardian watches the owner's pidfd and kills PID 1, even one whose event loop hangs;
- the kernel kills PID 1 when the guardian dies (PR_SET_PDEATHSIG).

PR_SET_PDEATHSIG would not do between owner and guardian: it fires when the *thread* that
started the guardian ends.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import sys
from typing import NoReturn

from kubeproof.sandbox import wire
from kubeproof.sandbox.isolation import (
    Refused,
    Way,
    die_with_parent,
    isolate,
    set_process_name,
)
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.peers import Peers

REFUSED = 3
"""Exit status of a process which the host refused its namespaces."""


def boot(control: socket.socket) -> NoReturn:
    """Do what the first message on the control socket asks for; never returns."""
    request, fds = wire.receive(control)
    _settle_process()
    if request["task"] == "try-host":
        from kubeproof.sandbox import hosttrial  # what it tries is not needed otherwise

        hosttrial.answer(control)
        sys.exit(0)
    if request["detached"] and os.fork():
        os._exit(0)  # the guardian is to be nobody's child, so that nobody has to reap it
    owner, *others = fds
    guardian, peers = os.getpid(), Peers.of_this_user()
    way = _isolated(control)
    child = os.fork()
    if child:
        control.close()
        _guard(child, None if request["detached"] else owner)
    os.close(owner)
    _become_init(control, {**request, "way": way, "pid": guardian}, others, peers)


def _settle_process() -> None:
    """Mind no Ctrl-C of the owner's terminal, borrow no umask or directory, open many files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    os.chdir("/")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    set_process_name("kubeproof")


def _isolated(control: socket.socket) -> Way:
    try:
        return isolate()
    except Refused as refused:
        wire.send(control, {"refused": refused.facts()})
        sys.exit(REFUSED)


def _guard(child: int, owner: int | None) -> NoReturn:
    """Wait for PID 1; kill it when the owner dies first. Exits as PID 1 did."""
    if owner is not None:
        _watch(child, owner)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _watch(child: int, owner: int) -> None:
    """Return when the child has ended; a child whose owner dies is killed."""
    ended = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    waiting.register(owner, select.POLLIN)
    if ended not in dict(waiting.poll()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _become_init(control: socket.socket, request: Object, fds: list[int], peers: Peers) -> NoReturn:
    die_with_parent(signal.SIGKILL)
    from kubeproof.sandbox.session import run  # asyncio and the cluster: not for the guardian

    run(control, request, fds, peers)
