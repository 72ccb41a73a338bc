"""The API server said no."""

from dataclasses import dataclass

from kubeproof.errors import KubeproofError


@dataclass
class Rejected(KubeproofError):
    """Raised when the API server answers a request with an error; carries its Status."""

    code: int
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} (HTTP {self.code} {self.reason})"
