"""Reading agnhost's answers: only one that names its Pod is evidence."""

import re

import httpx

from kubeproof.probing.observation import Outcome, Target

_POD_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class Unanswered(Exception):
    """Raised when something answered, and it was no Pod of ours."""

    def outcome(self, target: Target) -> Outcome:
        """What that means: a proxy on the way told that it found no way; else nobody knows."""
        return Outcome.UNREACHABLE if target.proxied else Outcome.BROKEN


def pod_in(answer: httpx.Response) -> str:
    """The Pod that names itself in an answer of agnhost's /hostname.

    Raises:
        Unanswered: the answer names no Pod, and so says nothing about routing.
    """
    name = answer.text.strip()
    if answer.status_code != 200 or not _POD_NAME.fullmatch(name):
        raise Unanswered(f"an answer that names no Pod: HTTP {answer.status_code}, {name[:160]!r}")
    return name


def source_in(answer: httpx.Response) -> str:
    """The client's address in an answer of agnhost's /clientip.

    Raises:
        Unanswered: there is none in it.
    """
    address, colon, _ = answer.text.strip().rpartition(":")
    if answer.status_code != 200 or not colon:
        raise Unanswered(f"no client address in HTTP {answer.status_code}, {answer.text[:160]!r}")
    return address.strip("[]")
