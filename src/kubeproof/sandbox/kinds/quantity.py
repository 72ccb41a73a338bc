"""Resource quantities: "500m", "1Gi", "1e3" as numbers, and the form in which the API shows them.

Source: "Quantity" in the Kubernetes API reference; apimachinery's ``api/resource``.
"""

import re
from fractions import Fraction
from math import ceil

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_NANO = 10**9
_PATTERN = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d+\.?\d*|\.\d+)"
    r"(?:[eE](?P<exponent>[+-]?\d+)|(?P<suffix>[KMGTPE]i|[numkMGTPE]?))"
)


class BadQuantity(ValueError):
    """Text that is no quantity."""


def parse(text: str | int | float) -> Fraction:
    """The number that a quantity stands for. Raises BadQuantity."""
    found = _PATTERN.fullmatch(str(text))
    if found is None:
        raise BadQuantity(str(text))
    value = Fraction(found["digits"]) * _factor(found)
    return -value if found["sign"] == "-" else value


def _factor(found: re.Match[str]) -> Fraction:
    if found["exponent"] is not None:
        return Fraction(10) ** int(found["exponent"])
    suffix = found["suffix"]
    if suffix in _DECIMAL:
        return Fraction(1000) ** (_DECIMAL.index(suffix) - _DECIMAL.index(""))
    return Fraction(1024) ** _BINARY.index(suffix)


def canonical(text: str | int | float) -> str:
    """The form the API answers: no fraction, the largest suffix that leaves none."""
    value = parse(text)
    found = _PATTERN.fullmatch(str(text))
    if found is not None and found["exponent"] is not None:
        return _with_exponent(value)
    is_binary = found is not None and (found["suffix"] or "").endswith("i")
    if is_binary and abs(value) >= 1024:
        return _shortest(ceil(value), 1024, _BINARY)
    return _shortest(ceil(value * _NANO), 1000, _DECIMAL)


def _shortest(number: int, step: int, suffixes: tuple[str, ...]) -> str:
    if number == 0:
        return "0"
    position = 0
    while number % step == 0 and position < len(suffixes) - 1:
        number //= step
        position += 1
    return f"{number}{suffixes[position]}"


def _with_exponent(value: Fraction) -> str:
    number, exponent = ceil(value * _NANO), -9
    while number and number % 1000 == 0:
        number //= 1000
        exponent += 3
    return f"{number}e{exponent}" if number and exponent else str(number)
