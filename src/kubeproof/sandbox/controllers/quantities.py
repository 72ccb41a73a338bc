"""Amounts of CPU and memory as Kubernetes writes them: 250m, 1.5, 64Mi, 2G, 1e3.

Source: API reference, Quantity.
"""

from decimal import Decimal, InvalidOperation

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}


def amount(quantity: str | int | float) -> float:
    """The number a quantity stands for: cores, or bytes. Raises ValueError if it is none."""
    text = str(quantity).strip()
    number = text.rstrip("numkMGTPEi")
    suffix = text[len(number) :]
    try:
        return float(Decimal(number) * _SUFFIXES[suffix])
    except (InvalidOperation, KeyError):
        raise ValueError(f"{quantity!r} is no quantity") from None
