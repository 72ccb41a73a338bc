"""A packet on its way through rules, and what the rules do to it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from kubeproof.sandbox.proxy.datatypes import Value
from kubeproof.sandbox.proxy.model import Field, Target

End = Literal["delivered", "dropped", "refused"]


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a connection as it meets a node, and what has been done to it."""

    source: str
    destination: Target
    protocol: str = "tcp"
    from_node: bool = False
    mark: int = 0
    translated: bool = False
    masqueraded: bool = False
    dialled_port: int = 0  # what the client dialled, where that was translated
    size: int = 60  # bytes, as a SYN has them
    fragment: bool = False

    def value(self, field: Field) -> Value:
        """What a rule sees in a field."""
        values: dict[Field, Value] = {
            Field.SOURCE: self.source,
            Field.DESTINATION: self.destination.address,
            Field.PROTOCOL: self.protocol,
            Field.PORT: self.destination.port,
            Field.ORIGINAL_PORT: self.dialled_port or self.destination.port,
            Field.SOURCE_TYPE: "local" if self.from_node else "unicast",
            Field.CT_STATE: "new",
            Field.CT_STATUS: "dnat" if self.translated else "",
        }
        return values[field]

    def is_within(self, field: Field, prefix: str) -> bool:
        """Whether an address field lies within a prefix; for other fields, whether it is equal."""
        value = str(self.value(field))
        if field in (Field.SOURCE, Field.DESTINATION):
            return IPv4Address(value) in IPv4Network(prefix)
        return value == prefix


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a packet; where it goes, and with whose address, if it is delivered."""

    end: End
    target: str = ""
    masqueraded: bool = False

    def __str__(self) -> str:
        words = (self.end, self.target, "masqueraded" if self.masqueraded else "")
        return " ".join(word for word in words if word)
