"""What a host refuses is found by trying, and told with the command that mends it."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kubeproof.sandbox.errors import HostCheck, SandboxUnavailable
from kubeproof.sandbox.hostcheck import check_host, diagnose
from kubeproof.sandbox.objects import Object
from tests.sandbox.identities import Identity, identities


def outcome(identity: Identity) -> Object:
    process = identity.start("check.py")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(output)


def confined(*confinement: str) -> Identity:
    return Identity("confined", sys.executable, confinement=confinement)


@pytest.mark.parametrize("identity", identities(), ids=str)
def test_everybody_can_run_a_sandbox_here(identity: Identity) -> None:
    found = outcome(identity)
    assert found["refused"] == ""
    assert {check["name"] for check in found["checks"]} == {
        "namespaces",
        "veth links",
        "bridges",
        "packet rules",
        "connection tracking",
        "address translation",
        "masquerading",
        "refusals",
        "random choice",
        "address types",
        "affinity sets",
        "kernel settings",
        "open files",
    }
    assert [check for check in found["checks"] if not check["ok"]] == []


def test_way_into_the_namespaces_is_found_by_trying() -> None:
    ways = {identity.name: outcome(identity)["checks"][0]["detail"] for identity in identities()}
    direct = ways.pop("root", "own namespaces through direct capabilities")
    assert direct == "own namespaces through direct capabilities"
    assert set(ways.values()) <= {"own namespaces through user namespace"}


def test_host_without_user_namespaces() -> None:
    found = outcome(confined("no-user-namespaces"))
    assert found["checks"] == [
        {
            "name": "namespaces",
            "ok": False,
            "detail": "unshare(CLONE_NEWUSER): No space left on device "
            "(user.max_user_namespaces is 0)",
            "remedy": "sudo sysctl -w user.max_user_namespaces=16384",
        }
    ]
    assert found["refused"] == (
        "this host cannot run a sandbox: namespaces: unshare(CLONE_NEWUSER): No space left on "
        "device (user.max_user_namespaces is 0); "
        "to mend it: sudo sysctl -w user.max_user_namespaces=16384"
    )


def test_container_with_a_seccomp_filter() -> None:
    check = HostCheck(**outcome(confined("no-unshare"))["checks"][0])
    assert not check.ok
    assert check.detail == (
        "unshare(CLONE_NEWUSER): Operation not permitted "
        "(a seccomp filter forbids it, as container engines set)"
    )
    assert "--cap-add SYS_ADMIN --cap-add NET_ADMIN" in check.remedy


def test_kernel_without_packet_rules() -> None:
    found = outcome(confined("no-netfilter"))
    failed = {check["name"]: check for check in found["checks"] if not check["ok"]}
    assert "veth links" not in failed
    assert failed["packet rules"]["remedy"] == "sudo modprobe nf_tables"
    assert failed["masquerading"]["remedy"] == "sudo modprobe nft_masq"
    assert found["refused"] == (
        "this host cannot run a sandbox: packet rules: "
        "the kernel refuses: Protocol not supported; to mend it: sudo modprobe nf_tables"
    )


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        (
            {"kernel.apparmor_restrict_unprivileged_userns": "1"},
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            {"kernel.unprivileged_userns_clone": "0"},
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ),
    ],
)
def test_settings_of_distributions(
    settings: dict[str, str],
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AppArmor lets the namespace be created and then denies using it."""

    def setting(name: str) -> str:
        return settings.get(name, "")

    monkeypatch.setattr("kubeproof.sandbox.hostcheck._setting", setting)
    refused = {"way": "user namespace", "step": "setting a link up", "errno": 1}
    assert diagnose(refused).remedy == remedy


def test_too_few_open_files() -> None:
    limit = 256
    program = Path(__file__).parent / "programs" / "check.py"
    ran = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
    )
    [failed] = [check for check in json.loads(ran.stdout)["checks"] if not check["ok"]]
    assert failed["name"] == "open files"
    assert failed["detail"] == "at most 256 for a process"
    assert "nofile=65536" in failed["remedy"]


def test_interpreter_that_cannot_import_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubeproof.sandbox.launch._PACKAGES", "/nonexistent")
    monkeypatch.setattr(sys, "path", [])
    [check] = check_host()
    assert (check.name, check.ok) == ("process", False)
    assert "No module named 'kubeproof'" in check.detail


def test_unavailable_names_the_first_failure_only() -> None:
    checks = [
        HostCheck("bridges", True, "fine"),
        HostCheck("veth links", False, "Operation not supported", "sudo modprobe veth"),
        HostCheck("open files", False, "at most 256"),
    ]
    unavailable = SandboxUnavailable(checks)
    assert unavailable.checks == tuple(checks)
    assert str(unavailable) == (
        "this host cannot run a sandbox: veth links: Operation not supported; "
        "to mend it: sudo modprobe veth"
    )
