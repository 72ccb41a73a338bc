"""What has to change in a table when parts of it change: as little as possible.

Chains and sets belong to one owner. Elements are shared: two Services may name the same
endpoint or external address, and an element goes only when its last owner gives it up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kubeproof.sandbox.proxy.datatypes import Key
from kubeproof.sandbox.proxy.model import (
    NOTHING,
    Chain,
    Element,
    InSet,
    NamedSet,
    Remember,
    Rules,
    merged,
)


@dataclass(slots=True)
class OwnerChange:
    """What one owner's part gains and loses, beside elements that it loses.

    Chains in ``rewritten`` and sets in ``replaced`` are there already under the same name.
    """

    sets: dict[str, NamedSet] = field(default_factory=dict[str, NamedSet])
    replaced: list[str] = field(default_factory=list[str])
    chains: dict[str, Chain] = field(default_factory=dict[str, Chain])
    rewritten: list[str] = field(default_factory=list[str])
    lost_chains: list[str] = field(default_factory=list[str])
    lost_sets: list[str] = field(default_factory=list[str])
    elements: dict[str, dict[Key, Element]] = field(default_factory=dict[str, dict[Key, Element]])


@dataclass(slots=True)
class Change:
    """What a table gains and loses; elements whose value changes are lost and gained."""

    lost_elements: dict[str, list[Key]] = field(default_factory=dict[str, list[Key]])
    owners: dict[str, OwnerChange] = field(default_factory=dict[str, OwnerChange])


class Parts:
    """The parts of a table as they were programmed last."""

    def __init__(self) -> None:
        self._parts: dict[str, Rules] = {}
        self._owners: dict[str, dict[Key, dict[str, Element]]] = {}

    def whole(self) -> Rules:
        """The table as one."""
        return merged(self._parts)

    def as_given(self) -> dict[str, Rules]:
        """Every owner's part."""
        return dict(self._parts)

    def replace(self, parts: Mapping[str, Rules | None]) -> Change:
        """Take over new parts (None: the owner is gone) and say what that changes."""
        change = Change()
        touched: dict[str, dict[Key, Element | None]] = {}
        for owner in sorted(parts):
            new = parts[owner]
            old = self._parts.get(owner, NOTHING)
            _compare(old, new or NOTHING, change, owner)
            self._take_elements(owner, old, new or NOTHING, touched)
            if new is None:
                self._parts.pop(owner, None)
            else:
                self._parts[owner] = new
        self._compare_elements(touched, change)
        return change

    def _take_elements(
        self,
        owner: str,
        old: Rules,
        new: Rules,
        touched: dict[str, dict[Key, Element | None]],
    ) -> None:
        """Note the owner's elements; remember in ``touched`` what was in force before."""
        for name in old.elements.keys() | new.elements.keys():
            before = old.elements.get(name, {})
            after = new.elements.get(name, {})
            if before == after:
                continue
            shares = self._owners.setdefault(name, {})
            seen = touched.setdefault(name, {})
            for key in before.keys() | after.keys():
                owned = shares.setdefault(key, {})
                seen.setdefault(key, _in_force(owned))
                owned.pop(owner, None)
                if key in after:
                    owned[owner] = after[key]

    def _compare_elements(
        self, touched: dict[str, dict[Key, Element | None]], change: Change
    ) -> None:
        for name, keys in touched.items():
            shares = self._owners[name]
            for key, before in keys.items():
                after = _in_force(shares[key])
                if before is not None and before != after:
                    change.lost_elements.setdefault(name, []).append(key)
                if after is None:
                    del shares[key]
                elif before != after:
                    gain = change.owners.setdefault(min(shares[key]), OwnerChange())
                    gain.elements.setdefault(name, {})[key] = after


def _in_force(owned: Mapping[str, Element]) -> Element | None:
    """Of several owners the first in alphabetical order is right, as in ``merged``."""
    return owned[min(owned)] if owned else None


def _compare(old: Rules, new: Rules, change: Change, owner: str) -> None:
    """Chains and sets of one owner."""
    one = OwnerChange()
    one.sets = {
        name: new_set for name, new_set in new.sets.items() if old.sets.get(name) != new_set
    }
    one.replaced = [name for name in one.sets if name in old.sets]
    for name, chain in new.chains.items():
        if old.chains.get(name) != chain or _uses(chain, one.replaced):
            one.chains[name] = chain
    one.rewritten = [name for name in one.chains if name in old.chains]
    one.lost_chains = [name for name in old.chains if name not in new.chains]
    one.lost_sets = [name for name in old.sets if name not in new.sets]
    if one != OwnerChange():
        change.owners[owner] = one


def _uses(chain: Chain, sets: Collection[str]) -> bool:
    """Whether a chain's rules refer to one of these sets, which are made anew under them."""
    return bool(sets) and any(
        isinstance(statement, InSet | Remember) and statement.set in sets
        for rule in chain.rules
        for statement in rule.statements
    )
