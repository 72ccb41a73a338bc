"""Pods as the enforcement sees them: plain facts, without the optional fields of the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubeproof.sandbox.controllers.selectors import selects
from kubeproof.sandbox.objects import Object, labels_of, name_of, namespace_of


@dataclass(frozen=True, slots=True)
class Member:
    """A Pod that has an address of its own, and may be selected."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    address: str
    node: str
    ports: Mapping[tuple[str, str], int]  # by name and protocol

    def port(self, wanted: int | str, protocol: str) -> int:
        """A port by number, or by the name that a container gives it; 0 where there is none."""
        return wanted if isinstance(wanted, int) else self.ports.get((wanted, protocol), 0)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that policies can speak of."""

    members: Sequence[Member]
    namespaces: Mapping[str, Mapping[str, str]]  # labels by name
    policies: Sequence[Object]

    def selected(self, peer: Object, namespace: str) -> list[Member]:
        """The Pods that a peer of a policy in this namespace speaks of."""
        pods: Object = peer.get("podSelector") or {}
        return [
            member
            for member in self.members
            if self._is_in(member, peer, namespace) and selects(pods, member.labels)
        ]

    def _is_in(self, member: Member, peer: Object, namespace: str) -> bool:
        if "namespaceSelector" not in peer:
            return member.namespace == namespace
        wanted: Object = peer["namespaceSelector"] or {}
        return selects(wanted, self.namespaces.get(member.namespace, {}))


def member_of(pod: Object) -> Member | None:
    """A Pod's facts; None for one on its node's network, without an address, or at its end."""
    status: Object = pod.get("status") or {}
    address = str(status.get("podIP") or "")
    over = status.get("phase") in ("Succeeded", "Failed")
    if not address or over or pod["spec"].get("hostNetwork"):
        return None
    return Member(
        namespace_of(pod),
        name_of(pod),
        labels_of(pod),
        address,
        str(pod["spec"].get("nodeName", "")),
        _ports(pod["spec"].get("containers") or ()),
    )


def _ports(containers: Iterable[Object]) -> Mapping[tuple[str, str], int]:
    return {
        (str(port["name"]), str(port.get("protocol") or "TCP")): int(port["containerPort"])
        for container in containers
        for port in container.get("ports") or ()
        if port.get("name")
    }
