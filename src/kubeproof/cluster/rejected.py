"""The API server said no."""

from dataclasses import dataclass

from kubeproof.errors import CheckBroken


@dataclass
class Rejected(CheckBroken):
    """Raised when the API server answers a request with an error; carries its Status.

    Where a refusal is not what a scenario asks for, it could not be carried out: a broken check.
    """

    code: int
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} (HTTP {self.code} {self.reason})"
