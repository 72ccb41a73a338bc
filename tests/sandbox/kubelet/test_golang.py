"""Durations, integers and moments as Go reads and prints them."""

import pytest

from kubeproof.sandbox.kubelet.golang import (
    GoError,
    atoi,
    format_duration,
    format_time,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds", "printed"),
    [
        ("0", 0.0, "0s"),
        ("250ms", 0.25, "250ms"),
        ("1.5us", 1.5e-6, "1.5µs"),
        ("10ns", 1e-8, "10ns"),
        ("1m30s", 90.0, "1m30s"),
        ("90m", 5400.0, "1h30m0s"),
        ("-2s", -2.0, "-2s"),
        ("1.5s", 1.5, "1.5s"),
    ],
)
def test_durations(text: str, seconds: float, printed: str) -> None:
    assert parse_duration(text) == pytest.approx(seconds)
    assert format_duration(seconds) == printed


@pytest.mark.parametrize("text", ["", "5", "s", "1x", "1s ", "1 s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(GoError, match="time: invalid duration"):
        parse_duration(text)


def test_integers() -> None:
    assert atoi("-12") == -12
    with pytest.raises(GoError, match=r'strconv\.Atoi: parsing "x": invalid syntax'):
        atoi("x")
    with pytest.raises(GoError, match="value out of range"):
        atoi("9" * 20)


def test_moments() -> None:
    shown = format_time(1795376754_018953849, 1.831588376)
    assert shown == "2026-11-22 19:45:54.018953849 +0000 UTC m=+1.831588376"
