"""Reading agnhost's answers: only one that names its Pod is evidence."""

import ipaddress
import re
from collections.abc import Callable

import httpx

from kubeproof.probing.observation import Outcome, Target

_POD_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class Unanswered(Exception):
    """Raised when something answered, and it was no Pod of ours.

    ``declined`` where it was a Status, which is what the API server's own refusals are.
    """

    def __init__(self, text: str, *, declined: bool = False) -> None:
        super().__init__(text)
        self.declined = declined

    def outcome(self, target: Target) -> Outcome:
        """What that means: a proxy on the way told that it found no way; else nobody knows."""
        if not target.proxied:
            return Outcome.BROKEN
        return Outcome.DECLINED if self.declined else Outcome.UNREACHABLE


def pod_in(answer: httpx.Response, read: Callable[[str], str] | None = None) -> str:
    """The Pod that names itself in an answer of agnhost's /hostname, or of what ``read`` reads.

    Raises:
        Unanswered: the answer names no Pod, and so says nothing about routing.
    """
    if answer.status_code != 200:
        declined = '"kind":"Status"' in answer.text.replace(" ", "")
        raise Unanswered(f"an answer that names no Pod: {_shown(answer)}", declined=declined)
    return (read or pod_named)(answer.text)


def pod_named(text: str) -> str:
    """The Pod that names itself in the text of agnhost's /hostname.

    Raises:
        Unanswered: the text names no Pod.
    """
    if not _POD_NAME.fullmatch(name := text.strip()):
        raise Unanswered(f"an answer that names no Pod: {name[:160]!r}")
    return name


def source_in(answer: httpx.Response) -> str:
    """The client's address in an answer of agnhost's /clientip.

    Raises:
        Unanswered: there is none in it.
    """
    if answer.status_code != 200:
        raise Unanswered(f"no client address in {_shown(answer)}")
    return source_named(answer.text)


def source_named(text: str) -> str:
    """The client's address in the text of agnhost's /clientip, ``address:port``.

    Raises:
        Unanswered: there is none in it.
    """
    address = text.strip().rpartition(":")[0].strip("[]")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise Unanswered(f"no client address in {text[:160]!r}") from None


def _shown(answer: httpx.Response) -> str:
    return f"HTTP {answer.status_code}, {answer.text.strip()[:160]!r}"
