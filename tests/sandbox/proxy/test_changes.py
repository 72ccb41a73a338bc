"""Small steps on paper: applied to an imitation of the kernel they give the merged table."""

import random

import pytest

from kubeproof.sandbox.proxy.changes import Change, OwnerChange, Parts
from kubeproof.sandbox.proxy.datatypes import IPV4_ADDR, Key
from kubeproof.sandbox.proxy.model import (
    DROP,
    Chain,
    Element,
    Field,
    InSet,
    NamedSet,
    Rules,
    Verdict,
    merged,
    rule,
)


class Imitation:
    """As strict as the kernel: what is deleted must be there, what is created must not."""

    def __init__(self) -> None:
        self.chains: dict[str, Chain] = {}
        self.sets: dict[str, NamedSet] = {}
        self.elements: dict[str, dict[Key, Element]] = {}

    def apply(self, change: Change) -> None:
        for name, keys in change.lost_elements.items():
            for key in keys:
                del self.elements[name][key]
        for owner in change.owners.values():
            self._lose(owner)
            self._gain(owner)
        for owner in change.owners.values():
            for name in owner.lost_chains:
                del self.chains[name]

    def _lose(self, owner: OwnerChange) -> None:
        for name in (*owner.rewritten, *owner.lost_chains):
            self.chains[name] = Chain()
        for name in (*owner.replaced, *owner.lost_sets):
            assert not any(_uses(chain, name) for chain in self.chains.values())
            del self.sets[name]

    def _gain(self, owner: OwnerChange) -> None:
        assert not self.sets.keys() & owner.sets.keys()
        self.sets.update(owner.sets)
        for name, chain in owner.chains.items():
            assert (name in self.chains) == (name in owner.rewritten)
            self.chains[name] = chain
        for name, elements in owner.elements.items():
            whole = self.elements.setdefault(name, {})
            assert not whole.keys() & elements.keys()
            whole.update(elements)


def _uses(chain: Chain, name: str) -> bool:
    return any(InSet((Field.SOURCE,), name) in one.statements for one in chain.rules)


def _random_rules(dice: random.Random, owner: str) -> Rules:
    has_set = dice.random() < 0.5
    uses = InSet((Field.SOURCE,), f"{owner}-set")
    chains = {
        f"{owner}-{n}": Chain(
            (rule(uses if has_set else DROP, Verdict("goto", dice.choice("xy"))),)
        )
        for n in range(3)
        if dice.random() < 0.6
    }
    sets = {f"{owner}-set": NamedSet((IPV4_ADDR,), dynamic=True, timeout=dice.choice([1, 2]))}
    elements: dict[str, dict[Key, Element]] = {
        name: {
            (f"10.0.0.{n}",): Element(dice.choice([DROP, Verdict("goto", owner)]))
            for n in range(4)
            if dice.random() < 0.5
        }
        for name in ("map", "other")
    }
    return Rules(chains, sets if has_set else {}, elements)


@pytest.mark.parametrize("seed", range(20))
def test_steps_lead_to_the_merged_table(seed: int) -> None:
    dice = random.Random(seed)
    parts, kernel = Parts(), Imitation()
    wanted: dict[str, Rules] = {}
    for _ in range(60):
        step: dict[str, Rules | None] = {}
        for owner in dice.sample("abcd", dice.randint(1, 3)):
            step[owner] = None if dice.random() < 0.3 else _random_rules(dice, owner)
        for owner, rules in step.items():
            wanted.pop(owner, None)
            if rules is not None:
                wanted[owner] = rules
        kernel.apply(parts.replace(step))
        whole = merged(wanted)
        assert parts.whole() == whole
        assert kernel.chains == whole.chains
        assert kernel.sets == whole.sets
        for name in ("map", "other"):
            assert kernel.elements.get(name, {}) == whole.elements.get(name, {})


def test_the_same_again_changes_nothing() -> None:
    rules = _random_rules(random.Random(1), "a")
    parts = Parts()
    parts.replace({"a": rules})
    assert parts.replace({"a": rules}) == Change()


def test_a_set_made_anew_takes_its_chains_along() -> None:
    """The kernel removes no set that a rule refers to."""

    def part(timeout: int) -> Rules:
        uses = rule(InSet((Field.SOURCE,), "s"), DROP)
        sets = {"s": NamedSet((IPV4_ADDR,), dynamic=True, timeout=timeout)}
        return Rules({"uses": Chain((uses,)), "other": Chain((rule(DROP),))}, sets)

    parts = Parts()
    parts.replace({"a": part(1)})
    gain = parts.replace({"a": part(2)}).owners["a"]
    assert gain.replaced == ["s"]
    assert gain.rewritten == ["uses"]
