"""Quantities (``500m``, ``1Gi``, ``1e3``) in their canonical form, as objects are stored with them.

Follows ``resource.Quantity`` of k8s.io/apimachinery: no fraction, the largest suffix that allows
that; binary suffixes stay binary from 1024 on; what is below a nano is rounded up.
"""

import re
from decimal import ROUND_UP, Decimal

_PATTERN = re.compile(
    r"(?P<number>[+-]?(\d+(\.\d*)?|\.\d+))"
    r"((?P<binary>[KMGTPE])i|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?\d+))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_NANO = Decimal("1e-9")


def canonical(text: str) -> str | None:
    """The canonical form of a quantity; None where the text is none."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        return None
    number = Decimal(found["number"])
    if found["binary"]:
        return _in_binary(number * 1024 ** _BINARY[found["binary"]])
    if found["exponent"] is not None:
        return _in_exponents(number.scaleb(int(found["exponent"])))
    return _in_decimal(number.scaleb(_DECIMAL[found["decimal"] or ""]))


def _in_decimal(value: Decimal) -> str:
    mantissa, exponent = _scaled(value, max(_DECIMAL.values()))
    suffix = next(name for name, power in _DECIMAL.items() if power == exponent)
    return f"{mantissa}{suffix}"


def _in_exponents(value: Decimal) -> str:
    mantissa, exponent = _scaled(value, 999)
    return f"{mantissa}e{exponent}" if exponent else str(mantissa)


def _scaled(value: Decimal, highest: int) -> tuple[int, int]:
    """The value as a whole number times a power of a thousand, the highest there is."""
    value = value.quantize(_NANO, ROUND_UP) if value % _NANO else value
    if not value:
        return 0, 0
    exponent = -9
    while exponent < highest and value.scaleb(-exponent - 3) % 1 == 0:
        exponent += 3
    return int(value.scaleb(-exponent)), exponent


def _in_binary(value: Decimal) -> str:
    if abs(value) < 1024 or value % 1:
        return _in_decimal(value)
    mantissa, power = int(value), 0
    while power < len(_BINARY) and mantissa % 1024 == 0:
        mantissa //= 1024
        power += 1
    return f"{mantissa}{'KMGTPE'[power - 1]}i" if power else str(mantissa)
