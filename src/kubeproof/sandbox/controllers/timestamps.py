"""Moments as Kubernetes writes them (RFC 3339, UTC, whole seconds), and where they come from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""The present moment, in UTC; tests hand in one that they can turn."""


def system_clock() -> datetime:
    """The present moment of the machine."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """A moment as Kubernetes writes it; fractions of a second are dropped."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """The moment that was written. Raises ValueError if the text is no RFC 3339 moment."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds_since(text: str, moment: datetime) -> float:
    """How many seconds lie between a written moment and a later one."""
    return (moment - parsed(text)).total_seconds()
