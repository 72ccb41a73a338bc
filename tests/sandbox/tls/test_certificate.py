"""The API server's certificate: other libraries take it, and see nobody else in it."""

import shutil
import socket
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubeproof.sandbox.tls import der
from kubeproof.sandbox.tls.certificate import Identity, identity
from kubeproof.sandbox.tls.p256 import PrivateKey

NAME = "kubernetes.default.svc"


def made(now: datetime | None = None) -> Identity:
    return identity("kube-apiserver", [NAME, "10.96.0.1"], now or datetime.now(UTC), timedelta(1))


def handshake(server: Identity, trusted: str, name: str) -> None:
    ours, theirs = socket.socketpair()
    proof = server.context()

    def serve() -> None:
        try:
            proof.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        trusting = ssl.create_default_context(cadata=trusted)
        with trusting.wrap_socket(ours, server_hostname=name):
            pass
    finally:
        ours.close()
        serving.join()


@pytest.mark.parametrize("name", [NAME, "10.96.0.1"])
def test_who_trusts_it_knows_the_server_by_each_of_its_names(name: str) -> None:
    one = made()
    handshake(one, one.certificate, name)


def test_it_is_nobody_else_s_certificate() -> None:
    one = made()
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(one, one.certificate, "kubernetes.default")


def test_another_server_of_the_same_name_is_not_trusted() -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="verify failed"):
        handshake(made(), made().certificate, NAME)


def test_it_is_valid_for_its_time_only() -> None:
    old = made(datetime.now(UTC) - timedelta(days=2))
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(old, old.certificate, NAME)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_strict_verification_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(made().certificate, encoding="ascii")
    asked = ["openssl", "verify", "-x509_strict", "-CAfile", str(file), str(file)]
    assert subprocess.run(asked, check=False, capture_output=True).returncode == 0


def test_the_public_key_of_a_known_secret() -> None:
    """RFC 6979, section A.2.5."""
    secret = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    assert PrivateKey(secret).public.hex() == f"04{x}{y}"


@pytest.mark.parametrize(
    ("number", "told"), [(0, "020100"), (127, "02017f"), (128, "02020080"), (256, "02020100")]
)
def test_whole_numbers_stay_positive(number: int, told: str) -> None:
    assert der.integer(number).hex() == told


def test_lengths_of_many_bytes() -> None:
    assert der.octets(b"x" * 300)[:4].hex() == "0482012c"


def test_identifiers() -> None:
    assert der.object_id("1.2.840.10045.3.1.7").hex() == "06082a8648ce3d030107"
