"""A vantage whose connections this process opens itself: outside the cluster, or the operator's."""

import time
from dataclasses import dataclass, field, replace

import httpx

from kubeproof.probing import classify, datagram
from kubeproof.probing.answer import Unanswered, pod_in, source_in, source_named
from kubeproof.probing.health import health_in
from kubeproof.probing.observation import UDP, Observation, Outcome, Sample, Target
from kubeproof.probing.page import HOSTNAME, Page
from kubeproof.probing.transport import NamespaceTransport, SocketSource, here
from kubeproof.probing.vantage import Vantage


@dataclass(frozen=True)
class DirectVantage:
    """Dials over sockets from one source, with httpx or by datagram; a new socket for every try.

    A kept-alive connection would stay on one Pod and hide the balancing; a proxy variable in the
    environment would silently change the route, so it is not read.
    """

    name: str
    timeout: float
    addresses: frozenset[str] = frozenset()
    sockets: SocketSource = field(default=here, repr=False)
    page: Page = field(default=HOSTNAME, repr=False)

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Ask over that many fresh connections, one after the other."""
        return Sample(self._ask_once(target, source) for _ in range(tries))

    def _ask_once(self, target: Target, source: bool) -> Observation:
        started = time.monotonic()
        try:
            if target.health_of:
                outcome, detail = self._health(target)
                return self._seen(target, outcome, started, detail=detail)
            ask = self._by_datagram if target.protocol == UDP else self._by_http
            pod, seen = ask(target, source)
        except (httpx.HTTPError, OSError) as error:
            return self._seen(target, classify.of_exception(error), started, detail=_words(error))
        except Unanswered as error:
            return self._seen(target, error.outcome(target), started, detail=str(error))
        return self._seen(target, Outcome.ANSWERED, started, pod=pod, source=seen)

    def _by_http(self, target: Target, source: bool) -> tuple[str, str]:
        with self._client() as client:
            pod = pod_in(client.get(target.url(self.page.path)), self.page.read)
            return pod, source_in(client.get(target.url("clientip"))) if source else ""

    def _health(self, target: Target) -> tuple[Outcome, str]:
        with self._client() as client:
            return health_in(client.get(target.url("healthz")), target.health_of)

    def _by_datagram(self, target: Target, source: bool) -> tuple[str, str]:
        with datagram.Flow(self.sockets, target, self.timeout) as flow:
            pod = self.page.talk(flow.ask)
            return pod, source_named(flow.ask("clientip")) if source else ""

    def _client(self) -> httpx.Client:
        transport = NamespaceTransport(self.sockets)
        return httpx.Client(transport=transport, timeout=self.timeout, trust_env=False)

    def _seen(
        self,
        target: Target,
        outcome: Outcome,
        started: float,
        *,
        pod: str = "",
        source: str = "",
        detail: str = "",
    ) -> Observation:
        took = time.monotonic() - started
        return Observation(self.name, target, outcome, took, pod, source, detail)


def hurried(vantage: Vantage, seconds: float) -> Vantage:
    """The same client, which gives a connection no more than this; agnhost's dial has its own."""
    if not isinstance(vantage, DirectVantage):
        return vantage
    return replace(vantage, timeout=min(vantage.timeout, seconds))


def patient(vantage: Vantage, seconds: float) -> Vantage:
    """The same client, which gives a connection this long; agnhost's dial has its own limit."""
    if not isinstance(vantage, DirectVantage):
        return vantage
    return replace(vantage, timeout=max(vantage.timeout, seconds))


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
