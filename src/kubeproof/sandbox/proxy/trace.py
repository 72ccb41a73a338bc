"""Walks a packet through rendered rules, as the kernel would, and notes the rules it meets.

Where rules choose at random every choice is followed, so the outcomes are all possible ones.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from kubeproof.sandbox.proxy.datatypes import Key
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.model import (
    Chain,
    Field,
    Fragment,
    HasMark,
    HookPoint,
    InSet,
    Longer,
    LookUp,
    Masquerade,
    Match,
    Outside,
    RandomVerdict,
    Reject,
    Remember,
    Rule,
    Rules,
    SetMark,
    Statement,
    Target,
    Translate,
    Verdict,
)
from kubeproof.sandbox.proxy.packet import End, Outcome, Packet
from kubeproof.sandbox.proxy.text import rule_text

# What a step leads to: nothing yet, another chain, or the end of the way through one hook.
Step = tuple[Packet, Verdict | End | None]


@dataclass(slots=True)
class Trace:
    """What can become of a packet, and the rules it met, each as ``chain: rule``."""

    outcomes: set[Outcome] = field(default_factory=set[Outcome])
    met: list[str] = field(default_factory=list[str])

    @property
    def targets(self) -> set[str]:
        """Where it may be delivered."""
        return {outcome.target for outcome in self.outcomes if outcome.end == "delivered"}

    def __str__(self) -> str:
        lines = sorted(str(outcome) for outcome in self.outcomes)
        return "\n".join([*lines, "met:", *(f"  {line}" for line in self.met)])


def trace(
    rules: Rules,
    packet: Packet,
    node: NodeFacts,
    *,
    local: Collection[str] = (),
    remembered: Mapping[str, Collection[str]] | None = None,
) -> Trace:
    """Walk the first packet of a connection through the rules of one node.

    ``local`` are addresses of the node beside its own; ``remembered`` says which clients are in
    which affinity sets.
    """
    walk = _Walk(rules, {node.address, *local}, remembered or {})
    packet = replace(packet, from_node=packet.source in walk.local)
    walk.follow(packet)
    return walk.trace


class _Walk:
    def __init__(
        self, rules: Rules, local: set[str], remembered: Mapping[str, Collection[str]]
    ) -> None:
        self.trace = Trace()
        self.local = local
        self._rules = rules
        self._remembered = remembered

    def follow(self, packet: Packet) -> None:
        """Through every hook of the packet's way, on each branch of it."""
        first: HookPoint = "output" if packet.from_node else "prerouting"
        for arrived in self._hook(first, packet):
            to_node = arrived.destination.address in self.local
            if arrived.from_node and not to_node:
                self._deliver(arrived)
                continue
            for passed in self._hook("input" if to_node else "forward", arrived):
                self._deliver(passed, leaves=passed.from_node or not to_node)

    def _deliver(self, packet: Packet, *, leaves: bool = True) -> None:
        last = self._hook("postrouting", packet) if leaves else [packet]
        for one in last:
            target, masqueraded = str(one.destination), one.masqueraded
            self.trace.outcomes.add(Outcome("delivered", target, masqueraded))

    def _hook(self, point: HookPoint, packet: Packet) -> list[Packet]:
        """The packet as it leaves a hook; none where it comes to its end there."""
        chains = [
            (chain.hook.priority, name)
            for name, chain in self._rules.chains.items()
            if chain.hook and chain.hook.point == point
        ]
        packets = [packet]
        for _, name in sorted(chains):
            packets = [one for before in packets for one in self._base_chain(name, before)]
        return packets

    def _base_chain(self, name: str, packet: Packet) -> Iterator[Packet]:
        for one, end in self._chain(name, packet):
            if end == "dropped" or end == "refused":
                self.trace.outcomes.add(Outcome(end))
            else:
                yield one

    def _chain(self, name: str, packet: Packet) -> Iterator[tuple[Packet, End | None]]:
        """Where a chain can leave a packet; None where its rules come to no end."""
        packets = [packet]
        for rule in self._chain_called(name).rules:
            undecided: list[Packet] = []
            for before in packets:
                for after, step in self._rule(name, rule, before):
                    yield from self._decided(after, step, undecided)
            packets = undecided
        for one in packets:
            yield one, None

    def _chain_called(self, name: str) -> Chain:
        chain = self._rules.chains.get(name)
        if chain is None:
            raise LookupError(f"rules lead to chain {name}, which is not there")
        return chain

    def _decided(
        self, packet: Packet, step: Verdict | End | None, undecided: list[Packet]
    ) -> Iterator[tuple[Packet, End | None]]:
        if step is None:
            undecided.append(packet)
        elif not isinstance(step, Verdict):
            yield packet, step
        elif step.kind == "drop":
            yield packet, "dropped"
        elif step.kind == "return":
            yield packet, None
        else:
            for after, end in self._chain(step.chain, packet):
                if end is None and step.kind == "jump":
                    undecided.append(after)
                else:
                    yield after, end

    def _rule(self, chain: str, rule: Rule, packet: Packet) -> list[Step]:
        """Where a rule's statements lead; nowhere as soon as one of them does not match."""
        live = [packet]
        found: list[Step] = []
        for statement in rule.statements:
            following: list[Packet] = []
            for before in live:
                steps = self._statement(statement, before)
                found += [step for step in steps if step[1] is not None]
                following += [step[0] for step in steps if step[1] is None]
                if not steps:
                    found.append((before, None))
            live = following
        if live or any(step is not None for _, step in found):
            line = f"{chain}: {rule_text(rule)}"
            if line not in self.trace.met:
                self.trace.met.append(line)
        return found + [(one, None) for one in live]

    def _statement(self, statement: Statement, packet: Packet) -> list[Step]:
        """What a statement makes of a packet; nothing if it does not match."""
        match statement:
            case Match() | Outside() | InSet() | HasMark() | Longer() | Fragment():
                return [(packet, None)] if self._matches(statement, packet) else []
            case LookUp(fields, name):
                element = self._rules.elements.get(name, {}).get(_key(packet, fields))
                return [(packet, element.verdict)] if element else []
            case RandomVerdict(verdicts):
                return [(packet, verdict) for verdict in verdicts]
            case Verdict():
                return [(packet, statement)]
            case _:
                return _changed(statement, packet)

    def _matches(
        self, statement: Match | Outside | InSet | HasMark | Longer | Fragment, packet: Packet
    ) -> bool:
        match statement:
            case Match(looked_at, value, negated):
                return packet.is_within(looked_at, value) != negated
            case Outside(looked_at, prefixes):
                return not any(packet.is_within(looked_at, prefix) for prefix in prefixes)
            case HasMark(bits):
                return bool(packet.mark & bits)
            case Longer(than):
                return packet.size > than
            case Fragment():
                return packet.fragment
            case InSet(fields, name):
                if name in self._remembered:
                    return packet.source in self._remembered[name]
                return _key(packet, fields) in self._rules.elements.get(name, {})


def _key(packet: Packet, fields: tuple[Field, ...]) -> Key:
    return tuple(packet.value(one) for one in fields)


def _changed(
    statement: SetMark | Translate | Remember | Masquerade | Reject, packet: Packet
) -> list[Step]:
    match statement:
        case SetMark(operator, bits):
            mark = packet.mark | bits if operator == "|" else packet.mark ^ bits
            return [(replace(packet, mark=mark), None)]
        case Translate(targets):
            return [(_translated(packet, target), "delivered") for target in targets]
        case Masquerade():
            return [(replace(packet, masqueraded=True), "delivered")]
        case Reject():
            return [(packet, "refused")]
        case Remember():
            return [(packet, None)]
        case _:
            assert_never(statement)


def _translated(packet: Packet, target: Target) -> Packet:
    return replace(packet, destination=target, translated=True)
