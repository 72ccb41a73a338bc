"""What a Pod sees of the node that it is bound to."""

from collections.abc import Iterable
from typing import Protocol

from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.images import Images
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.resolv_conf import ClusterDns
from kubeproof.sandbox.objects import Object


class PodNetwork(Protocol):
    """What a Pod has of the network."""

    @property
    def address(self) -> str:
        """The Pod's address."""
        ...

    @property
    def ns(self) -> Namespace:
        """The Pod's namespace."""
        ...

    def close(self) -> None:
        """Take the Pod off the network."""
        ...


class Node(Protocol):
    """A node, as its kubelet offers it to Pods."""

    @property
    def name(self) -> str:
        """The node's name."""
        ...

    @property
    def address(self) -> str:
        """The node's address."""
        ...

    @property
    def namespace(self) -> Namespace:
        """The node's network namespace."""
        ...

    @property
    def images(self) -> Images:
        """The images that the node has."""
        ...

    @property
    def dns(self) -> ClusterDns:
        """The cluster's DNS, which Pods are told of."""
        ...

    @property
    def authority(self) -> str:
        """The certificate, as PEM, that vouches for the API server."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def faults(self) -> frozenset[str]:
        """The faults that are on for the node."""
        ...

    def services(self) -> Iterable[Object]:
        """Every Service of the cluster, as it is now."""
        ...

    def attach(self, pod: Object) -> PodNetwork:
        """Give a Pod its network. Raises OSError or RuntimeError if that fails."""
        ...

    def write_status(self, pod: Object, status: Object) -> None:
        """Report a Pod's status, if there is still such a Pod."""
        ...

    def confirm_deletion(self, pod: Object) -> None:
        """Report that nothing of a Pod which is being deleted runs any more."""
        ...

    def record(self, pod: Object, kind: str, reason: str, message: str) -> None:
        """Record an Event, ``Normal`` or ``Warning``, about a Pod."""
        ...

    def may_become_ready(self) -> bool:
        """Whether containers can become ready: not under the fault kubelet-never-ready."""
        ...
