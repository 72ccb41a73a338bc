"""Reads ``nft list table`` into a structure in which only meaning counts, not order."""

import re
from dataclasses import dataclass, field

_OBJECT = re.compile(r"^\t(set|map|chain) (\S+) \{\n(.*?)^\t\}", re.MULTILINE | re.DOTALL)
_ELEMENTS = re.compile(r"elements = \{ (.*?) \}", re.DOTALL)
_OUTPUT_PRIORITY = {"-110": "dstnat - 10", "-100": "dstnat"}


@dataclass
class Listing:
    """Definitions of sets and maps, their elements, and the rules of chains in order."""

    definitions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    elements: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    chains: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def listing(text: str) -> Listing:
    found = Listing()
    for kind, name, body in _OBJECT.findall(text):
        if kind == "chain":
            found.chains[name] = [_line(line) for line in body.splitlines()]
            continue
        content = _ELEMENTS.search(body)
        rest = _ELEMENTS.sub("", body)
        elements = re.split(r",\s+", content[1]) if content else []
        found.elements[name] = sorted(" ".join(_static(one).split()) for one in elements)
        lines = [kind, *(line.strip() for line in rest.splitlines() if line.strip())]
        found.definitions[name] = lines
    return found


def _line(line: str) -> str:
    """A rule or a hook; old versions of nft do not name the priorities of the output hook."""
    line = line.strip()
    hook = re.match(r"(type \w+ hook output priority )(-\d+)(;.*)", line)
    if hook:
        line = hook[1] + _OUTPUT_PRIORITY[hook[2]] + hook[3]
    return line


def _static(element: str) -> str:
    """An element without what changes by itself."""
    return re.sub(r" (timeout|expires) \S+", "", element)
