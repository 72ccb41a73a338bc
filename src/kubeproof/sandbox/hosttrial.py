"""Trying, in a process made for it, everything that a sandbox asks of the kernel."""

import resource
import socket
from collections.abc import Callable

from kubeproof.sandbox import wire
from kubeproof.sandbox.isolation import Refused, isolate
from kubeproof.sandbox.network import rtnetlink
from kubeproof.sandbox.network.lan import HOST_SETTINGS
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.rtnetlink import Interface, RtNetlink
from kubeproof.sandbox.objects import Object


def answer(control: socket.socket) -> None:
    """Try everything and tell the process that asked."""
    try:
        way = isolate()
    except Refused as refused:
        wire.send(control, {"refused": refused.facts()})
        return
    wire.send(control, {"way": way, **_tried()})


def _tried() -> Object:
    here = NetNs.current()
    trials: dict[str, Callable[[NetNs], None]] = {"veth links": _veth, "bridges": _bridge}
    return {
        "tried": {name: _failure(trial, here) for name, trial in trials.items()},
        "read_only": here.sysctl(HOST_SETTINGS),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }


def _failure(trial: Callable[[NetNs], None], ns: NetNs) -> str:
    """What the kernel said against it; empty when it did it."""
    try:
        trial(ns)
    except OSError as error:
        return str(error.strerror or error)
    return ""


def _veth(ns: NetNs) -> None:
    other = NetNs.create()
    links = RtNetlink(ns)
    links.apply(rtnetlink.veth(Interface("trial0", 10), Interface("trial1", 11), other))
    links.close()


def _bridge(ns: NetNs) -> None:
    links = RtNetlink(ns)
    links.apply(rtnetlink.bridge("trial2", 12))
    links.close()
