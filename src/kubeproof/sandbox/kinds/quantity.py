"""Resource quantities: "500m", "1Gi", "1e3" as numbers, and the form in which the API shows them.

Source: "Quantity" in the Kubernetes API reference; apimachinery's ``api/resource``.
"""

import re

NANO = 10**9
"""Amounts are whole numbers of billionths, which is as fine as the API keeps them."""

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_PATTERN = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d*)(?:\.(?P<part>\d*))?"
    r"(?:[eE](?P<exponent>[+-]?\d+)|(?P<suffix>[KMGTPE]i|[numkMGTPE]?))"
)


class BadQuantity(ValueError):
    """Text that is no quantity."""


def parse(text: str | int | float) -> int:
    """The amount in billionths, rounded up. Raises BadQuantity."""
    return _amount(_matched(text))


def _matched(text: str | int | float) -> re.Match[str]:
    found = _PATTERN.fullmatch(str(text))
    if found is None or not (found["whole"] or found["part"]):
        raise BadQuantity(str(text))
    return found


def _amount(found: re.Match[str]) -> int:
    part = found["part"] or ""
    digits = int(found["whole"] + part) * _times(found)
    amount = -(-digits // (10 ** len(part) * _over(found)))
    return -amount if found["sign"] == "-" else amount


def _power(found: re.Match[str]) -> int:
    """The decimal exponent that the amount in billionths has over the digits."""
    if found["exponent"] is not None:
        return int(found["exponent"]) + 9
    return 3 * _DECIMAL.index(found["suffix"])


def _times(found: re.Match[str]) -> int:
    if (found["suffix"] or "").endswith("i"):
        return 1024 ** _BINARY.index(found["suffix"]) * NANO
    return 10 ** max(0, _power(found))


def _over(found: re.Match[str]) -> int:
    if (found["suffix"] or "").endswith("i"):
        return 1
    return 10 ** max(0, -_power(found))


def canonical(text: str | int | float) -> str:
    """The form the API answers: no fraction, the largest suffix that leaves none."""
    found = _matched(text)
    amount = _amount(found)
    if found["exponent"] is not None:
        return _with_exponent(amount)
    if (found["suffix"] or "").endswith("i") and abs(amount) >= 1024 * NANO:
        return _shortest(-(-amount // NANO), 1024, _BINARY)
    return _shortest(amount, 1000, _DECIMAL)


def _shortest(number: int, step: int, suffixes: tuple[str, ...]) -> str:
    if number == 0:
        return "0"
    position = 0
    while number % step == 0 and position < len(suffixes) - 1:
        number //= step
        position += 1
    return f"{number}{suffixes[position]}"


def _with_exponent(number: int) -> str:
    exponent = -9
    while number and number % 1000 == 0:
        number //= 1000
        exponent += 3
    return f"{number}e{exponent}" if number and exponent else str(number)
