import pytest

from kubeproof.sandbox.api.quantities import canonical


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("1", "1"),
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("2000", "2k"),
        ("1.5G", "1500M"),
        ("1024Mi", "1Gi"),
        ("1500Mi", "1500Mi"),
        ("1.5Gi", "1536Mi"),
        ("512", "512"),
        ("0.5Ki", "512"),
        ("24684096Ki", "24684096Ki"),
        ("0", "0"),
        ("0Mi", "0"),
        ("1e3", "1e3"),
        ("12E6", "12e6"),
        ("5e0", "5"),
        ("-1000m", "-1"),
        ("0.0000000001", "1n"),
        ("5u", "5u"),
        (".5", "500m"),
        ("5.", "5"),
    ],
)
def test_quantities_are_stored_in_their_canonical_form(given: str, stored: str) -> None:
    assert canonical(given) == stored
    assert canonical(stored) == stored


@pytest.mark.parametrize("text", ["", "much", "1.2.3", "5x", "1Ki5", "mi", "--1", "1 Gi", "1e"])
def test_what_is_no_quantity_is_told_from_one(text: str) -> None:
    assert canonical(text) is None
