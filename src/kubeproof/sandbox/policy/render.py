"""What one node enforces: a pure function of Pods, namespaces, policies and the node's name.

A Pod is isolated in a direction once a policy of that type selects it, and then only what some
policy allows may come or go; replies may always. Addresses and ports are those of Pods: the rules
stand behind the translation of Services. What a node says to its own Pods never passes here.

Source: "Network Policies" in the Kubernetes documentation; API reference of NetworkPolicy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubeproof.sandbox.controllers.selectors import selects
from kubeproof.sandbox.objects import Object, namespace_of
from kubeproof.sandbox.policy.members import Member, World
from kubeproof.sandbox.proxy.datatypes import IPV4_ADDR, Key
from kubeproof.sandbox.proxy.model import (
    DROP,
    NOTHING,
    RETURN,
    Chain,
    Element,
    Field,
    Hook,
    HookPoint,
    LookUp,
    Match,
    NamedSet,
    Outside,
    Rule,
    Rules,
    Statement,
    Verdict,
    rule,
)

TABLE = "network-policies"
TABLE_COMMENT = "what NetworkPolicies allow the Pods of this node"

FAULTS = {
    "policy-before-translation": "policies see the port that was dialled, not the Pod's",
    "policy-blocks-node": "a node cannot reach its own Pods that a policy isolates",
    "policy-by-default": "Pods are isolated although no policy selects them",
    "policy-ignored": "NetworkPolicies have no effect",
    "policy-kept": "a policy that was deleted stays in force",
    "policy-spares-dns": "policies let every Pod use DNS",
}

_NEW = Match(Field.CT_STATE, "new")
_BY_DEFAULT = "policy-by-default"
_SPARED = "kube-system"
_DNS = 53


@dataclass(frozen=True, slots=True)
class _Direction:
    """One of the two ways in which a Pod can be isolated."""

    type: str
    rules: str
    peers: str
    pod: Field
    peer: Field

    @property
    def map(self) -> str:
        """The map from isolated Pods to what they are allowed."""
        return f"isolated-{self.rules}"


_INGRESS = _Direction("Ingress", "ingress", "from", Field.DESTINATION, Field.SOURCE)
_EGRESS = _Direction("Egress", "egress", "to", Field.SOURCE, Field.DESTINATION)


def render(node: str, world: World, faults: frozenset[str] = frozenset()) -> Rules:
    """The rules of one node; nothing while none of its Pods is isolated."""
    if "policy-ignored" in faults:
        return NOTHING
    chains: dict[str, Chain] = {}
    elements: dict[str, dict[Key, Element]] = {}
    for member in (one for one in world.members if one.node == node):
        for way in (_INGRESS, _EGRESS):
            policies = list(_policies_for(member, way, world))
            if policies or (_is_isolated_by_default(member, faults) and way is _INGRESS):
                name = f"{way.rules}-{member.address}"
                allowed = _allowed(member, way, policies, world, faults)
                chains[name] = Chain((*allowed, rule(DROP)))
                element = Element(Verdict("jump", name))
                elements.setdefault(way.map, {})[(member.address,)] = element
    if not chains:
        return NOTHING
    sets = {way.map: NamedSet((IPV4_ADDR,), verdicts=True) for way in (_INGRESS, _EGRESS)}
    return Rules({**_hooks(faults), **chains}, sets, elements)


def _hooks(faults: frozenset[str]) -> dict[str, Chain]:
    ingress, egress = (rule(_NEW, LookUp((way.pod,), way.map)) for way in (_INGRESS, _EGRESS))
    hooks = {"filter-forward": Chain((ingress, egress), _hook("forward"))}
    if "policy-blocks-node" in faults:
        hooks["filter-output"] = Chain((ingress,), _hook("output"))
    return hooks


def _hook(point: HookPoint) -> Hook:
    return Hook("filter", point, 0, "filter")


def _is_isolated_by_default(member: Member, faults: frozenset[str]) -> bool:
    return _BY_DEFAULT in faults and member.namespace != _SPARED


def _policies_for(member: Member, way: _Direction, world: World) -> Iterator[Object]:
    for policy in world.policies:
        spec: Object = policy["spec"]
        if (
            namespace_of(policy) == member.namespace
            and way.type in (spec.get("policyTypes") or ())
            and selects(spec.get("podSelector") or {}, member.labels)
        ):
            yield spec | {"namespace": member.namespace}


def _allowed(
    member: Member,
    way: _Direction,
    policies: Iterable[Object],
    world: World,
    faults: frozenset[str],
) -> Iterator[Rule]:
    """The rules that let a packet through; no Pod can be cut off from itself."""
    yield rule(Match(way.peer, member.address), RETURN)
    if way is _EGRESS and "policy-spares-dns" in faults:
        yield rule(Match(Field.PORT, str(_DNS)), RETURN)
    port = Field.ORIGINAL_PORT if "policy-before-translation" in faults else Field.PORT
    for spec in policies:
        for allowing in spec.get(way.rules) or ():
            for peer, targets in _peers(allowing.get(way.peers), way, member, spec, world):
                for served in _ports(allowing.get("ports"), targets, port):
                    yield rule(*peer, *served, RETURN)


_Peer = tuple[tuple[Statement, ...], tuple[Member, ...]]


def _peers(
    peers: Iterable[Object] | None, way: _Direction, member: Member, spec: Object, world: World
) -> Iterator[_Peer]:
    """Statements that match a peer, and the Pods whose ports a name may mean."""
    own = (member,) if way is _INGRESS else ()
    if not peers:
        yield (), own or tuple(world.members)
        return
    for peer in peers:
        if "ipBlock" in peer:
            block: Object = peer["ipBlock"]
            excluded = tuple(block.get("except") or ())
            outside = (Outside(way.peer, excluded),) if excluded else ()
            yield (Match(way.peer, str(block["cidr"])), *outside), own
            continue
        for other in world.selected(peer, str(spec["namespace"])):
            yield (Match(way.peer, other.address),), own or (other,)


def _ports(
    ports: Iterable[Object] | None, targets: tuple[Member, ...], field: Field
) -> Iterator[tuple[Statement, ...]]:
    """Statements that match each of the ports; one that matches all where none is named."""
    if not ports:
        yield ()
        return
    for port in ports:
        protocol = str(port.get("protocol") or "TCP")
        matched = Match(Field.PROTOCOL, protocol.lower())
        if "port" not in port:
            yield (matched,)
            continue
        for number in sorted(_numbers(port, protocol, targets)):
            yield matched, Match(field, str(number))


def _numbers(port: Object, protocol: str, targets: tuple[Member, ...]) -> set[int]:
    wanted: int | str = port["port"]
    if isinstance(wanted, int):
        return set(range(wanted, int(port.get("endPort") or wanted) + 1))
    return {target.port(wanted, protocol) for target in targets} - {0}
