"""Keeping secrets out of what is shown and kept."""

import re
from collections.abc import Iterable

HIDDEN = "********"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # a variable, a label or a flag with a secret's name: K3S_TOKEN=…, "k3d.cluster.token": "…"
        r"((?:[\w.-]*(?:token|password|secret)|client-key-data)\"?\s*[=:]\s*\"?)([^\s\",;&\]}]+)",
        r"(--(?:agent-)?token[ =])(\S+)",
        r"(bearer\s+)([\w.~+/=-]{8,})",
    )
)
_K3S_TOKEN = re.compile(r"K10[0-9a-f]{16,}(?:::[^\s\"]+)?")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END)", re.DOTALL)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without what looks like one."""
    for secret in filter(None, secrets):
        text = text.replace(secret, HIDDEN)
    text = _K3S_TOKEN.sub(HIDDEN, text)
    text = _PRIVATE_KEY.sub(rf"\1 {HIDDEN} \2", text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text
