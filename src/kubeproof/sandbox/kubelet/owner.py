"""What a container sees of the Pod that it belongs to."""

from collections.abc import Coroutine
from typing import Any, Protocol

from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.images import Images
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.process import Surroundings
from kubeproof.sandbox.objects import Object


class Owner(Protocol):
    """A Pod on its node."""

    @property
    def label(self) -> str:
        """The Pod as Events name it: ``name_namespace(uid)``."""
        ...

    @property
    def address(self) -> str:
        """The Pod's address."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    def surroundings(self, spec: Object) -> Surroundings:
        """What the Pod gives the program of a container."""
        ...

    @property
    def node_namespace(self) -> Namespace:
        """The namespace of the Pod's node, which probes come from."""
        ...

    @property
    def images(self) -> Images:
        """The images that the node has."""
        ...

    def restarts(self, spec: Object, exit_code: int) -> bool:
        """Whether a container which ended with that code is to run again."""
        ...

    def grace(self) -> float:
        """The Pod's termination grace period in seconds."""
        ...

    def normal(self, reason: str, message: str) -> None:
        """Record an Event."""
        ...

    def warn(self, reason: str, message: str) -> None:
        """Record an Event that may need attention."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run for as long as the Pod lives."""
        ...

    def changed(self) -> None:
        """A container is not as it was: the Pod's status has to be written."""
        ...
