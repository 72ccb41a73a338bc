"""Amounts of CPU and memory as Kubernetes writes them: 250m, 1.5, 64Mi, 2G, 1e3.

Source: API reference, Quantity.
"""

_SUFFIXES = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "E": 10**18,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "Ei": 2**60,
}


def amount(quantity: str | int | float) -> float:
    """The number a quantity stands for: cores, or bytes. Raises ValueError if it is none."""
    text = str(quantity).strip()
    number = text.rstrip("numkKMGTPEi")
    suffix = text[len(number) :]
    if suffix not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is no quantity")
    try:
        return round(float(number) * _SUFFIXES[suffix], 9)
    except ValueError:
        raise ValueError(f"{quantity!r} is no quantity") from None
