"""No secret is shown or kept."""

import pytest

from kubeproof.cluster.redaction import redacted

SECRET = "s3cr3t0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"K3S_TOKEN={SECRET}",
        f'"k3d.cluster.token": "{SECRET}"',
        f"k3s agent --token {SECRET} --node-ip 172.29.1.3",
        f"--agent-token={SECRET}",
        f"client-key-data: {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"K10{'0a' * 32}::server:{SECRET}",
        f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}\n-----END EC PRIVATE KEY-----",
        f"password={SECRET}",
    ],
)
def test_a_secret_is_hidden(text: str) -> None:
    shown = redacted(text)
    assert SECRET not in shown
    assert "********" in shown


def test_a_secret_that_is_known_is_hidden_wherever_it_stands() -> None:
    assert redacted(f"joined with {SECRET}!", [SECRET]) == "joined with ********!"


@pytest.mark.parametrize(
    "text",
    [
        "Starting node 'k3d-kubeproof-1-server-0'",
        "node/k3d-kubeproof-1-agent-0 is Ready (172.29.77.4)",
        'level=info msg="Tokens are checked"',
    ],
)
def test_what_is_no_secret_is_left(text: str) -> None:
    assert redacted(text, [""]) == text
