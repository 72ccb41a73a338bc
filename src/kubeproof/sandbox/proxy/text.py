"""Rules as ``nft list table`` prints them, for people, goldens and evidence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from kubeproof.sandbox.proxy.datatypes import Key
from kubeproof.sandbox.proxy.model import (
    Chain,
    Element,
    Field,
    Fragment,
    HasMark,
    Hook,
    InSet,
    Longer,
    LookUp,
    Masquerade,
    Match,
    NamedSet,
    Outside,
    RandomVerdict,
    Reject,
    Remember,
    Rule,
    Rules,
    SetMark,
    Statement,
    Translate,
    Verdict,
)
from kubeproof.sandbox.proxy.ranges import ranges

# The kernel's limit for a set that rules fill.
DYNAMIC_SIZE = 65535

_CONTINUATION = ",\n\t\t\t     "
_ADDRESSES_PER_LINE = 2
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def table_text(name: str, comment: str, rules: Rules) -> str:
    """A whole table of the family ``ip``."""
    parts = [_set_text(key, one, rules.elements.get(key, {})) for key, one in rules.sets.items()]
    parts += [_chain_text(key, chain) for key, chain in rules.chains.items()]
    head = f'\tcomment "{comment}"\n' if comment else ""
    return f"table ip {name} {{\n{head}" + "\n".join(parts) + "}\n"


def rule_text(rule: Rule) -> str:
    """One rule."""
    words = [statement_text(statement) for statement in rule.statements]
    if rule.comment:
        words.append(f'comment "{rule.comment}"')
    return " ".join(words)


def statement_text(statement: Statement) -> str:
    """One statement of a rule."""
    match statement:
        case Match() | Outside() | InSet() | HasMark() | LookUp() | Longer() | Fragment():
            return _match_text(statement)
        case RandomVerdict(verdicts):
            choices = [verdict_text(verdict) for verdict in verdicts]
            return f"{_random(choices)} vmap {_numbered(choices)}"
        case Verdict():
            return verdict_text(statement)
        case _:
            return _change_text(statement)


def verdict_text(verdict: Verdict) -> str:
    """A verdict, as maps show it too."""
    return f"{verdict.kind} {verdict.chain}".strip()


def _match_text(
    statement: Match | Outside | InSet | HasMark | LookUp | Longer | Fragment,
) -> str:
    match statement:
        case Match(field, value, negated):
            return f"{field.value} {'!= ' if negated else ''}{value}"
        case Outside(field, prefixes):
            inside = ", ".join(str(one) for one in ranges(prefixes))
            return f"{field.value} != {{ {inside} }}"
        case InSet(fields, name):
            return f"{_fields(fields)} @{name}"
        case LookUp(fields, name):
            return f"{_fields(fields)} vmap @{name}"
        case HasMark(bits):
            return f"meta mark & 0x{bits:08x} != 0x00000000"
        case Longer(than):
            return f"ip length > {than}"
        case Fragment():
            return "ip frag-off & 16383 != 0"


def _change_text(
    statement: SetMark | Translate | Remember | Masquerade | Reject,
) -> str:
    match statement:
        case SetMark(operator, bits):
            return f"meta mark set meta mark {operator} 0x{bits:08x}"
        case Translate(targets, spread):
            if not spread:
                return f"dnat to {targets[0]}"
            choices = [f"{target.address} . {target.port}" for target in targets]
            return f"dnat ip to {_random(choices)} map {_numbered(choices)}"
        case Remember(name):
            return f"update @{name} {{ ip saddr }}"
        case Masquerade():
            return "masquerade fully-random"
        case Reject():
            return "reject"
        case _:
            assert_never(statement)


def _fields(fields: Sequence[Field]) -> str:
    return " . ".join(field.value for field in fields)


def _random(choices: Sequence[str]) -> str:
    return f"numgen random mod {len(choices)}"


def _numbered(choices: Sequence[str]) -> str:
    return "{ " + ", ".join(f"{n} : {choice}" for n, choice in enumerate(choices)) + " }"


def _chain_text(name: str, chain: Chain) -> str:
    lines = [_hook_text(chain.hook)] if chain.hook else []
    if chain.comment:
        lines.append(f'comment "{chain.comment}"')
    lines += [rule_text(rule) for rule in chain.rules]
    return f"\tchain {name} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t}\n"


def _hook_text(hook: Hook) -> str:
    place = f"type {hook.kind} hook {hook.point} priority {hook.priority_name}"
    return f"{place}; policy accept;"


def _set_text(name: str, one: NamedSet, elements: Mapping[Key, Element]) -> str:
    lines = list(_set_lines(one))
    if elements:
        lines.append(f"elements = {{ {_elements_text(one, elements)} }}")
    word = "map" if one.verdicts else "set"
    return f"\t{word} {name} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t}\n"


def _set_lines(one: NamedSet) -> Iterator[str]:
    types = " . ".join(part.name for part in one.types)
    yield f"type {types}" + (" : verdict" if one.verdicts else "")
    if one.dynamic:
        yield f"size {DYNAMIC_SIZE}"
        yield "flags dynamic,timeout" if one.timeout else "flags dynamic"
    if one.timeout:
        yield f"timeout {_duration(one.timeout)}"
    if one.comment:
        yield f'comment "{one.comment}"'


def _elements_text(one: NamedSet, elements: Mapping[Key, Element]) -> str:
    words = [_element_text(key, element) for key, element in elements.items()]
    per_line = _ADDRESSES_PER_LINE if len(one.types) == 1 else 1
    rows = [words[at : at + per_line] for at in range(0, len(words), per_line)]
    return _CONTINUATION.join(", ".join(row) for row in rows)


def _element_text(key: Key, element: Element) -> str:
    text = " . ".join(str(value) for value in key)
    if element.comment:
        text += f' comment "{element.comment}"'
    return f"{text} : {verdict_text(element.verdict)}" if element.verdict else text


def _duration(seconds: int) -> str:
    """Seconds as nft writes them: 3h, 1m30s."""
    text = ""
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text
