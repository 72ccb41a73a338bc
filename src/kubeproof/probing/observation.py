"""What was seen: one try is an observation, many are a sample."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

TCP, UDP = "TCP", "UDP"  # as ServicePort.protocol has them


class Outcome(Enum):
    """How one connection ended. Never a boolean: refused, lost and unknown differ."""

    ANSWERED = "answered"
    HEALTHY = "healthy"  # said a health check: this node has Pods of the Service
    UNHEALTHY = "unhealthy"  # said a health check: it has none
    SERVED = "answered by the API server"  # which its certificate shows it to be
    DECLINED = "declined"  # said the API server, which was asked to pass it on
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    NAME_NOT_FOUND = "name not found"
    BROKEN = "broken"  # the check itself failed: says nothing about the network


@dataclass(frozen=True, slots=True)
class Target:
    """What is dialled, and what it is to the reader ("the node port on k8s-node2")."""

    label: str
    host: str
    port: int
    path: str = "/"  # before agnhost's own path: the API server's proxies have a long one
    protocol: str = TCP
    is_api: bool = False  # the API server answers here, over TLS
    health_of: str = ""  # NAMESPACE/NAME of the Service whose health check this is, or a node

    def __str__(self) -> str:
        return f"{self.words} ({self.host}:{self.port})"

    @property
    def words(self) -> str:
        """What it is to the reader, with the protocol where that is not TCP."""
        return self.label if self.protocol == TCP else f"{self.label} over {self.protocol}"

    @property
    def proxied(self) -> bool:
        """Whether an HTTP proxy stands between, whose own errors are answers of the network."""
        return self.path != "/"

    def url(self, page: str) -> str:
        """The address of one of agnhost's pages (``hostname``, ``clientip``) at this target."""
        return f"http://{self.host}:{self.port}{self.path}{page}"


@dataclass(frozen=True, slots=True)
class Observation:
    """One try: who dialled what, how it ended, which Pod answered and whom that Pod saw."""

    vantage: str
    target: Target
    outcome: Outcome
    seconds: float
    pod: str = ""
    source: str = ""  # the client's address as the Pod saw it, where it was asked for
    detail: str = ""

    def __str__(self) -> str:
        who = f" by {self.pod}" if self.pod else ""
        seen = f", who saw {self.source}" if self.source else ""
        why = f" [{self.detail}]" if self.detail and self.outcome is not Outcome.ANSWERED else ""
        return f"{self.vantage} → {self.target}: {self.outcome.value}{who}{seen}{why}"

    def record(self) -> dict[str, Any]:
        """The observation as JSON."""
        return asdict(self) | {"outcome": self.outcome.value, "seconds": round(self.seconds, 4)}


class Sample:
    """Many observations: who answered, how often, and how the rest ended."""

    def __init__(self, observations: Iterable[Observation]) -> None:
        self._observations = tuple(observations)

    def __len__(self) -> int:
        return len(self._observations)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._observations)

    def pods(self) -> Counter[str]:
        """How often each Pod answered."""
        return Counter(one.pod for one in self if one.outcome is Outcome.ANSWERED)

    def __str__(self) -> str:
        lines = Counter(f"{one}" for one in self)
        return "; ".join(f"{line}" if n == 1 else f"{line} (×{n})" for line, n in lines.items())
