"""The operator's way through the API server: it asks, and dials on the operator's behalf."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from kubeproof.probing import classify
from kubeproof.probing.answer import Unanswered, pod_in
from kubeproof.probing.observation import Observation, Outcome, Sample, Target


@dataclass(frozen=True)
class ApiVantage:
    """Asks the API server's proxies; the connections to Pods are the API server's own."""

    name: str
    get: Callable[[str], httpx.Response] = field(repr=False)
    addresses: frozenset[str] = frozenset()

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """Ask that many times; whom the Pod sees is the API server, so ``source`` adds nothing."""
        return Sample(self._ask_once(target) for _ in range(tries))

    def _ask_once(self, target: Target) -> Observation:
        started = time.monotonic()
        outcome, pod, detail = self._answer(target)
        took = time.monotonic() - started
        return Observation(self.name, target, outcome, took, pod, detail=detail)

    def _answer(self, target: Target) -> tuple[Outcome, str, str]:
        try:
            return Outcome.ANSWERED, pod_in(self.get(target.path + "hostname")), ""
        except httpx.HTTPError as error:
            return classify.of_exception(error), "", str(error) or type(error).__name__
        except Unanswered as error:
            return error.outcome(target), "", str(error)
