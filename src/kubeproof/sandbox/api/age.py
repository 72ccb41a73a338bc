"""Durations as kubectl shows them: two or three significant figures."""

from datetime import UTC, datetime


def age(timestamp: str | None) -> str:
    """How long ago a time was, ``<unknown>`` where there is none."""
    if not timestamp:
        return "<unknown>"
    return human(int((datetime.now(UTC) - datetime.fromisoformat(timestamp)).total_seconds()))


def human(seconds: int) -> str:
    """A duration in seconds as Kubernetes' HumanDuration words it: 0s, 119s, 2m5s, 3h, 4d7h …"""
    if seconds < -1:
        return "<invalid>"
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 180:
        return _two(minutes, "m", seconds % 60, "s") if minutes < 10 else f"{minutes}m"
    if hours < 48:
        return _two(hours, "h", minutes % 60, "m") if hours < 8 else f"{hours}h"
    days = hours // 24
    if days < 730:
        return _two(days, "d", hours % 24, "h") if days < 8 else f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 2920 else f"{days // 365}y"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"
