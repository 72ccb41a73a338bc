"""Who writes, how, and what an API fault may do to a write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.objects import Object

FieldValidation = Literal["Ignore", "Warn", "Strict"]


@dataclass(slots=True)
class Writer:
    """The request behind a write; ``warnings`` is filled for the answer's Warning headers."""

    manager: str = "kubeproof"
    """The name under which managedFields records what was written."""
    dry_run: bool = False
    field_validation: FieldValidation = "Ignore"
    warnings: list[str] = field(default_factory=list[str])
    duplicates: list[str] = field(default_factory=list[str])
    """Fields which the body gave twice, as strict decoding words it."""


def _forgive_nothing(resource: str, error: FieldError) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Admission:
    """The seam for faults of the API: what else is done to an object, and what is let through.

    Every ``mutate`` runs after defaulting, before validation; a field error for which
    ``forgive`` says yes is dropped.
    """

    mutate: Sequence[Callable[[str, Object], None]] = ()
    forgive: Callable[[str, FieldError], bool] = _forgive_nothing
