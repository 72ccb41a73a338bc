"""What a vantage asks of a Pod, and how the Pod is read from what comes back."""

from collections.abc import Callable
from dataclasses import dataclass

from kubeproof.probing.answer import pod_named

Ask = Callable[[str], str]
"""Sends one of agnhost's UDP commands over a flow and waits for its answer. Raises OSError."""


def _named_by_datagram(ask: Ask) -> str:
    return pod_named(ask("hostname"))


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked of agnhost over HTTP (``path``), or over one UDP flow (``talk``).

    Both tell the Pod that answered, and raise Unanswered where nothing names one.
    """

    path: str
    read: Callable[[str], str]
    talk: Callable[[Ask], str] = _named_by_datagram


HOSTNAME = Page("hostname", pod_named)
