"""Where the kubelet's Events go."""

from typing import Protocol

from kubeproof.sandbox.objects import Object


class Recorder(Protocol):
    """Writes Events in the name of one kubelet."""

    def normal(self, obj: Object, reason: str, message: str) -> None:
        """Something expected happened to the object."""
        ...

    def warning(self, obj: Object, reason: str, message: str) -> None:
        """Something that may need attention happened to the object."""
        ...
