"""A vantage inside the cluster: an agnhost Pod that dials for us.

httpx asks the Pod's ``/dial`` through the API server's Pod proxy, so the same way works on every
cluster (kubernetes/test/images/agnhost, netexec; tasks/access-application-cluster/
access-cluster-services). A Pod on the host network is a node's own vantage.
"""

import re
import time
from dataclasses import dataclass, field
from typing import cast

import httpx

from kubeproof.probing import api_server, classify
from kubeproof.probing.answer import Unanswered, source_named
from kubeproof.probing.observation import TCP, UDP, Observation, Outcome, Sample, Target
from kubeproof.probing.page import HOSTNAME, Page
from kubeproof.probing.shell import PodProxy, Shell

_PADDING = re.compile(r"(.)\1{40,}")
_PROTOCOLS = {TCP: "http", UDP: "udp"}  # in agnhost's words


@dataclass(frozen=True)
class DialVantage:
    """Dials from inside a Pod; every try is a new connection, made by agnhost."""

    name: str
    addresses: frozenset[str]
    proxy: PodProxy = field(repr=False)
    way: str = "the API server's Pod proxy"  # how the Pod is asked, for when it is not reached
    page: Page = field(default=HOSTNAME, repr=False)

    @property
    def shell(self) -> Shell:
        """Commands in the same Pod."""
        return Shell(self.name, self.proxy)

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Have the Pod dial that many times.

        With ``source`` the tries ask ``/clientip`` instead: who was seen, not who answered,
        because agnhost opens a new connection for each page.
        """
        if target.is_api:
            return api_server.asked(self.shell, target, tries)
        started = time.monotonic()
        page = "clientip" if source else self.page.path
        query = {
            "host": target.host,
            "port": str(target.port),
            "protocol": _PROTOCOLS[target.protocol],
            "request": page,
            "tries": str(tries),
        }
        try:
            answer = self.proxy("dial", query)
        except httpx.HTTPError as error:
            why = f"{self.way}: {str(error) or type(error).__name__}"
            return self._all(tries, target, started, Outcome.BROKEN, why)
        return self._read(answer, target, tries, started, source)

    def _read(
        self, answer: httpx.Response, target: Target, tries: int, started: float, source: bool
    ) -> Sample:
        if answer.status_code == 400 and "no such host" in answer.text:
            return self._all(tries, target, started, Outcome.NAME_NOT_FOUND, answer.text.strip())
        if answer.status_code != 200:
            why = f"the Pod's /dial: HTTP {answer.status_code}, {answer.text[:200].strip()!r}"
            return self._all(tries, target, started, Outcome.BROKEN, why)
        each = (time.monotonic() - started) / tries
        good = [self._answered(target, text, each, source) for text in _told(answer, "responses")]
        bad = [self._failed(target, text, each) for text in _told(answer, "errors")]
        untold = tries - len(good) - len(bad)
        outcome, why = Outcome.BROKEN, f"does not tell: {answer.text[:200].strip()!r}"
        if bad and not good:
            # netexec.go leaves all answers out where the last try has none.
            outcome, why = Outcome.ANSWERED, "tells no answer where the last try has none"
        lost = self._all(untold, target, started, outcome, f"the Pod's /dial {why}")
        return Sample([*good, *bad, *lost])

    def _answered(self, target: Target, text: str, took: float, source: bool) -> Observation:
        try:
            pod, seen = ("", source_named(text)) if source else (self.page.read(text), "")
        except Unanswered as error:
            why = str(error)
            return Observation(self.name, target, error.outcome(target), took, detail=why)
        return Observation(self.name, target, Outcome.ANSWERED, took, pod, seen)

    def _failed(self, target: Target, text: str, took: float) -> Observation:
        outcome = classify.of_go_words(text)
        return Observation(self.name, target, outcome, took, detail=_shortened(text.strip()))

    def _all(
        self, tries: int, target: Target, started: float, outcome: Outcome, why: str
    ) -> Sample:
        took = time.monotonic() - started
        one = Observation(self.name, target, outcome, took, detail=why)
        return Sample([one] * tries)


def _shortened(text: str) -> str:
    """Without the padding of a request, which Go's words have in full."""
    return _PADDING.sub(r"\1…", text)


def _told(answer: httpx.Response, part: str) -> list[str]:
    """One of the two lists of a dial's JSON; empty where it is left out, or where there is none."""
    try:
        said: object = answer.json()
    except ValueError:
        return []
    told = cast(dict[str, object], said).get(part) if isinstance(said, dict) else None
    return [str(text) for text in cast(list[object], told)] if isinstance(told, list) else []
