"""Whatever happens to the owner of a sandbox, nothing of the sandbox stays."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import pytest

from kubeproof.sandbox.client import Sandbox
from kubeproof.sandbox.errors import SandboxFailed
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.rtnetlink import Interface, RtNetlink, veth
from kubeproof.sandbox.objects import Object
from tests.sandbox.identities import Identity, identities
from tests.sandbox.processes import children, runs, wait_until

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="looks into other processes as root")


class Owner:
    """A process that owns a sandbox, with what it told about it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.facts = self.told()
        self.guardian: int = self.facts["guardian"]
        self.init = children(self.guardian)[0]

    def told(self) -> Object:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the owner died before its sandbox was up"
        return json.loads(line)

    def sandbox_runs(self) -> bool:
        return runs(self.guardian) or runs(self.init)


@contextmanager
def owner(identity: Identity, kind: str, **environment: str) -> Generator[Owner]:
    process = identity.start("owner.py", kind, environment=environment)
    try:
        yield Owner(process)
    finally:
        process.kill()
        process.communicate()


def host_links() -> list[str]:
    return sorted(path.name for path in Path("/sys/class/net").iterdir())


class Observer:
    """Watches network namespaces without holding them: by a link into each, which dies with it."""

    def __init__(self) -> None:
        self._ns = NetNs.create()
        self._links = RtNetlink(self._ns)
        self.watched = 0

    def watch(self, pid: int) -> None:
        """Watch every network namespace that the process is in or holds."""
        seen: set[str] = set()
        for path in [Path(f"/proc/{pid}/ns/net"), *Path(f"/proc/{pid}/fd").iterdir()]:
            with suppress(FileNotFoundError):  # a sandbox at work opens and closes files
                name = str(path.readlink())
                if name.startswith("net:") and name not in seen:
                    self._watch(NetNs(os.open(path, os.O_RDONLY | os.O_CLOEXEC)))
                    seen.add(name)

    def _watch(self, there: NetNs) -> None:
        self.watched += 1
        end = Interface(f"watch{self.watched}", 100 + self.watched)
        self._links.apply(veth(end, Interface("watched", 5000), there))
        there.close()

    def left(self) -> int:
        """How many of the watched namespaces still exist."""
        with self._ns.entered():
            return Path("/proc/thread-self/net/dev").read_text().count("watch")


@pytest.mark.parametrize("identity", identities(), ids=str)
def test_killed_owner_leaves_no_process_link_or_file(identity: Identity, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    links = host_links()
    places = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
    with owner(identity, "hold", **places) as owning:
        assert owning.sandbox_runs()
        assert host_links() == links
        owning.process.kill()
        wait_until(lambda: not owning.sandbox_runs())
    assert host_links() == links
    assert list(tmp_path.iterdir()) == []


def carrying(mark: str) -> list[int]:
    """The processes that have inherited an environment variable."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if mark.encode() in (process / "environ").read_bytes() and runs(int(process.name)):
                found.append(int(process.name))
    return found


@pytest.mark.parametrize("milliseconds", [20, 60, 100, 140, 180, 220, 260, 300, 400])
def test_owner_killed_during_the_boot_leaves_no_process(milliseconds: int) -> None:
    """Whatever the boot is at: nothing, the guardian alone, or a cluster half built."""
    mark = f"KUBEPROOF_TEST={token_hex(8)}"
    name, _, value = mark.partition("=")
    process = identities()[0].start("owner.py", "hold", environment={name: value})
    time.sleep(milliseconds / 1000)
    assert process.pid in carrying(mark)
    process.kill()
    process.communicate()
    wait_until(lambda: not carrying(mark))


@ONLY_ROOT
@pytest.mark.parametrize("identity", identities(), ids=str)
def test_killed_owner_leaves_no_network_namespace(identity: Identity) -> None:
    observer = Observer()
    with owner(identity, "hold") as owning:
        observer.watch(owning.init)
        assert observer.left() == observer.watched >= 6
        owning.process.kill()
        wait_until(lambda: observer.left() == 0)


@pytest.mark.parametrize("kind", ["fork", "spawn"])
@pytest.mark.parametrize("identity", identities(), ids=str)
def test_child_of_a_killed_owner_does_not_keep_the_sandbox(identity: Identity, kind: str) -> None:
    with owner(identity, kind) as owning:
        child = owning.facts["child"]
        try:
            owning.process.kill()
            wait_until(lambda: not owning.sandbox_runs())
            assert runs(child)
        finally:
            os.kill(child, signal.SIGKILL)


def test_child_programs_inherit_no_descriptor() -> None:
    with owner(identities()[0], "spawn") as owning:
        child = owning.facts["child"]
        try:
            held = {str(fd.readlink()) for fd in Path(f"/proc/{child}/fd").iterdir()}
            assert any(kept.startswith("socket:") for kept in owning.facts["fds"])
            assert not held & set(owning.facts["fds"])
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("identity", identities(), ids=str)
def test_sandbox_that_hangs_goes_with_its_owner(identity: Identity) -> None:
    with owner(identity, "hold") as owning:
        os.kill(owning.init, signal.SIGSTOP)
        owning.process.kill()
        wait_until(lambda: not owning.sandbox_runs())


@pytest.mark.parametrize("identity", identities(), ids=str)
def test_ctrl_c_reaches_the_owner_alone(identity: Identity) -> None:
    with owner(identity, "interrupt") as owning:
        os.kill(owning.guardian, signal.SIGINT)
        os.kill(owning.init, signal.SIGINT)
        os.killpg(owning.process.pid, signal.SIGINT)
        assert owning.told() == {"closed": True}, "the sandbox answered, and ended in order"
        assert not owning.sandbox_runs()


def listening_socket(port: int) -> str:
    """The inode of the socket that listens on a port of 127.0.0.1."""
    [inode] = [
        fields[9]
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        if (fields[1], fields[3]) == (f"0100007F:{port:04X}", "0A")
    ]
    return inode


def test_closed_sandbox_is_gone_at_once() -> None:
    sandbox = Sandbox.start()
    init = children(sandbox.pid)[0]
    listener = listening_socket(int(sandbox.api_url.rpartition(":")[2]))
    observer = Observer() if os.geteuid() == 0 else None
    if observer:
        observer.watch(init)
    sandbox.close()
    assert not runs(init)
    assert not Path(f"/proc/{sandbox.pid}").exists()
    assert listener not in Path("/proc/net/tcp").read_text().split()
    if observer:
        wait_until(lambda: observer.left() == 0)
    sandbox.close()


def test_killed_guardian_takes_everything_with_it() -> None:
    with Sandbox.start() as sandbox:
        init = children(sandbox.pid)[0]
        os.kill(sandbox.pid, signal.SIGKILL)
        wait_until(lambda: not runs(init))
        with pytest.raises(SandboxFailed, match="does not answer"):
            sandbox.socket("outside")
