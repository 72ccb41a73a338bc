"""Quantities, as resource requests write them."""

import pytest

from kubeproof.sandbox.controllers.quantities import amount


@pytest.mark.parametrize(
    ("written", "number"),
    [("2", 2), ("100m", 0.1), ("24684084Ki", 24684084 * 1024), ("1Gi", 2**30), ("5k", 5000)],
)
def test_amounts(written: str, number: float) -> None:
    assert amount(written) == number


@pytest.mark.parametrize("written", ["", "Ki", "1K", "1.2.3", "one"])
def test_what_is_no_quantity(written: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        amount(written)
