"""Quantities and the form in which the API shows them."""

import pytest

from kubeproof.sandbox.kinds import quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 10**9),
        ("0.5", 5 * 10**8),
        (".5", 5 * 10**8),
        ("5.", 5 * 10**9),
        ("-1", -(10**9)),
        ("100m", 10**8),
        ("1Ki", 1024 * 10**9),
        ("1k", 10**12),
        ("1e3", 10**12),
        ("1E", 10**27),
        ("1E3", 10**12),
        ("1e-3", 10**6),
        ("1e-12", 1),
        (2, 2 * 10**9),
    ],
)
def test_value(text: str | int, value: int) -> None:
    assert quantity.parse(text) == value


@pytest.mark.parametrize("text", ["", "a", "1kk", "1 Gi", "--1", "1ki", "."])
def test_no_quantity(text: str) -> None:
    with pytest.raises(quantity.BadQuantity):
        quantity.parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1024Mi", "1Gi"),
        ("0.5Gi", "512Mi"),
        ("0.5Ki", "512"),
        ("1500Mi", "1500Mi"),
        ("1000000", "1M"),
        ("1e3", "1e3"),
        ("0", "0"),
        ("0.0000000001", "1n"),
    ],
)
def test_canonical(text: str, shown: str) -> None:
    assert quantity.canonical(text) == shown
