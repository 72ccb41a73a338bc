"""How Go's standard library reads and words things: the programs played here are written in Go."""

import os
import re
from datetime import UTC, datetime

from kubeproof.sandbox.api import gotext

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


class GoError(Exception):
    """A failure as Go's standard library words it; the text is what ``err.Error()`` gives."""


def errno_text(error: OSError) -> str:
    """A system call's failure in Go's words, e.g. ``connection refused`` (package syscall)."""
    return os.strerror(error.errno).lower() if error.errno else str(error).lower()


def atoi(text: str) -> int:
    """An integer. Raises GoError as strconv.Atoi words it."""
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise GoError(f"strconv.Atoi: parsing {gotext.quote(text)}: invalid syntax")
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise GoError(f"strconv.Atoi: parsing {gotext.quote(text)}: value out of range")
    return number


def parse_duration(text: str) -> float:
    """Seconds of a duration like ``1m30s`` or ``250ms``. Raises GoError (time.ParseDuration)."""
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if digits == "0":
        return 0.0
    parts = _PART.findall(digits)
    if not parts or "".join(number + unit for number, unit in parts) != digits:
        raise GoError(f"time: invalid duration {gotext.quote(text)}")
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """A duration as Go prints it: ``0s``, ``250ms``, ``1m30s``, ``5m0s``."""
    if seconds < 0:
        return "-" + format_duration(-seconds)
    nanoseconds = round(seconds * 1e9)
    if nanoseconds == 0:
        return "0s"
    for unit, size in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if nanoseconds < size * 1000:
            return f"{_decimal(nanoseconds / size)}{unit}"
    return _clock_time(seconds)


def _clock_time(seconds: float) -> str:
    whole, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(whole), 60)
    text = f"{_decimal(rest)}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def format_time(nanoseconds: int, monotonic: float) -> str:
    """A moment as Go's ``%v`` prints time.Now(), with the monotonic reading in seconds."""
    whole, fraction = divmod(nanoseconds, 10**9)
    moment = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%d %H:%M:%S")
    digits = f".{fraction:09d}".rstrip("0").rstrip(".")
    return f"{moment}{digits} +0000 UTC m=+{monotonic:.9f}"


def _decimal(number: float) -> str:
    return f"{number:.9f}".rstrip("0").rstrip(".")
