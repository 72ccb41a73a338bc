"""What a node's rules and its connection tracking say of some Services, out of all that they say.

A node of a real cluster has rules for hundreds of Services. Kept are the lines about those that
are asked for, the chains these lead to, and the chains that every Service shares.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from kubeproof.model import Pod, Service

# What every Service's packets pass: who is masqueraded, and what has no endpoint.
_SHARED = ("KUBE-MARK-MASQ", "KUBE-POSTROUTING", "KUBE-NODEPORTS")
_SHARED_BLOCKS = ("masquerading", "mark-for-masquerade", "nat-postrouting")
_CHAIN = re.compile(r"KUBE-(?:SVC|SVL|SEP|EXT|FW|XLB)-\w+")


@dataclass(frozen=True)
class Trace:
    """Services and their Pods, as rules and connections name them."""

    names: frozenset[str]  # namespace/name
    addresses: frozenset[str]
    ports: frozenset[int] = field(default=frozenset[int]())  # node ports

    @classmethod
    def of(cls, services: Collection[Service], pods: Collection[Pod]) -> "Trace":
        """Of these Services and Pods."""
        addresses = {
            address
            for one in services
            for address in (one.cluster_ip, *one.external_addresses)
            if address not in ("", "None")
        }
        return cls(
            frozenset(f"{one.namespace}/{one.name}" for one in services),
            frozenset(addresses | {pod.address for pod in pods if pod.address}),
            frozenset(port.node_port for one in services for port in one.ports if port.node_port),
        )

    def rules(self, text: str) -> str:
        """Of what iptables-save or nft prints, what is about them; other texts as they are."""
        if re.search(r"^table \S+ \S+ \{", text, re.MULTILINE):
            return "\n".join(self._of_blocks(text.splitlines()))
        if re.search(r"^\*nat$", text, re.MULTILINE):
            return "\n".join(self._of_chains(text.splitlines()))
        return text

    def connections(self, lines: Collection[str]) -> str:
        """The tracked connections from, to or by way of them."""
        return "\n".join(line for line in lines if self._is_named(line))

    def _is_named(self, line: str) -> bool:
        words = re.findall(r"[\w.:/-]+", line.replace("=", " "))
        return (
            any(re.search(rf"{re.escape(name)}(?![\w.-])", line) for name in self.names)
            or any(word.partition("/")[0] in self.addresses for word in words)
            or any(f"dport={port} " in f"{line} " for port in self.ports)
        )

    def _of_chains(self, lines: list[str]) -> Iterator[str]:
        wanted = {*_SHARED}
        kept = [line for line in lines if self._is_named(line)]
        while new := {chain for line in kept for chain in _CHAIN.findall(line)} - wanted:
            wanted |= new
            kept = [line for line in lines if self._is_named(line) or _chain_of(line) in new]
        whole = wanted - {"KUBE-NODEPORTS"}
        return (line for line in lines if self._is_named(line) or _chain_of(line) in whole)

    def _of_blocks(self, lines: list[str]) -> Iterator[str]:
        for header, body in _blocks(lines):
            if self._is_named(header) or any(name in header for name in _SHARED_BLOCKS):
                yield "\n".join([header, *body])
            elif named := [line for line in body if self._is_named(line)]:
                yield "\n".join([header, *named])


def _blocks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """The chains, maps and sets of a table: the line each begins with, and those that follow."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if re.match(r"\s*(table|chain|map|set) \S+", line):
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    return found


def _chain_of(line: str) -> str:
    return line.split()[1] if line.startswith("-A ") else ""
