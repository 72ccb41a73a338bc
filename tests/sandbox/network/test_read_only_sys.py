"""Where /proc/sys is read-only, as in most containers, the network is built all the same."""

import contextlib
import ctypes
import os
from collections.abc import Generator

import pytest

from kubeproof.sandbox.network.lan import HOST_SETTINGS
from kubeproof.sandbox.network.topology import Network
from tests.sandbox.network.echo import EchoServer, ask
from tests.sandbox.network.isolation import Isolated

_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_SYS = b"/proc/sys"


def _mount(source: bytes, target: bytes, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source, target, None, flags, None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def _read_only() -> Generator[None]:
    """For this process alone: its mount namespace is its own, and nothing is passed on."""
    _mount(b"none", b"/", _MS_REC | _MS_PRIVATE)
    _mount(_SYS, _SYS, _MS_BIND)
    try:
        _mount(b"none", _SYS, _MS_REMOUNT | _MS_BIND | _MS_RDONLY)
        yield
    finally:
        ctypes.CDLL(None).umount2(_SYS, 2)


def _without_sys() -> list[object]:
    try:
        with _read_only():
            network = Network.build(2)
            node1, node2 = network.nodes.values()
            refused = node1.ns.sysctl({"ipv4/icmp_ratelimit": "0"})
            pods = [node.attach("d/pod") for node in (node1, node2)]
            server = EchoServer(pods[1].ns, "pod2")
            answers = [ask(ns, pods[1].address, 8080).who for ns in (pods[0].ns, node1.ns)]
            server.close()
            network.close()
    except PermissionError as error:
        return [str(error)]
    return [refused, answers]


def test_packets_flow_without_a_writable_proc_sys(isolated: Isolated) -> None:
    seen = isolated.run(_without_sys)
    if len(seen) == 1:
        pytest.skip(f"/proc/sys cannot be made read-only here: {seen[0]}")
    refused, answers = seen
    assert refused == ["ipv4/icmp_ratelimit"]
    assert answers == ["pod2", "pod2"]


def _settings() -> list[str]:
    network = Network.build(1)
    refused = network.nodes["k8s-node1"].ns.sysctl(HOST_SETTINGS)
    network.close()
    return refused


def test_every_setting_exists_and_can_be_written(isolated: Isolated) -> None:
    assert isolated.run(_settings) == []
