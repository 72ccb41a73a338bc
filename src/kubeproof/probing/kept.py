"""One connection that a client in a Pod keeps open: everything it asks goes over it.

``curl`` in the Pod asks for one page after the other, which it does over one connection for as
long as that lasts, and writes down how each came out and whether it had to connect anew
(curl(1), ``--rate`` and ``--write-out``, since 7.84). It goes on while steps change the cluster.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

from kubeproof.errors import CheckBroken
from kubeproof.probing import classify
from kubeproof.probing.answer import Unanswered, pod_named
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.observation import Observation, Outcome, Sample, Target
from kubeproof.probing.vantage import Vantage
from kubeproof.waiting import CLOCK, Clock

PATIENCE = 5  # seconds for one page, as long as agnhost's own /dial has
_A_SECOND = 20  # pages
_PAGES = 6_000  # or five minutes: nobody has to end a client that was forgotten
_LOOK = 0.1  # seconds between two looks at what it wrote
_TOLD = r" %{response_code} %{exitcode} %{num_connects} %{time_total} %{errormsg}\n"
_LINE = re.compile(r"(?P<said>\S*) (?P<http>\d{3}) (?P<exit>\d+) (?P<new>\d+) (?P<took>[\d.]+) ?")
_LOST = "the connection was lost, and curl opened another"


def command(target: Target, written: str) -> list[str]:
    """The words that have a Pod ask over one connection, and tell the process that does so."""
    return [
        f"curl --silent --no-buffer --rate {_A_SECOND}/s --max-time {PATIENCE}",
        f"--write-out '{_TOLD}' '{target.url('hostname')}?[1-{_PAGES}]'",
        f">{written} 2>&1 & echo $!",
    ]


class KeptVantage:
    """A client in a Pod with one open connection, from its making until it is stopped.

    What is lost is lost: once a page was not answered over that connection, none is.
    """

    def __init__(self, client: Vantage, target: Target, clock: Clock = CLOCK) -> None:
        """Open the connection, and go on asking over it.

        Raises:
            CheckBroken: the client is no Pod, or cannot be asked.
        """
        if not isinstance(client, DialVantage):
            raise CheckBroken(f"{client.name} cannot keep a connection open: it is no Pod")
        self.name = f"{client.name}, over one connection"
        self.addresses = client.addresses
        self.client, self.target = client, target
        self._shell, self._clock = client.shell, clock
        self._written = f"/tmp/kept-{secrets.token_hex(4)}"
        self._process = self._shell.read(*command(target, self._written)).strip()

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """The next answers over the connection, to what is asked from now on.

        Raises:
            CheckBroken: the Pod cannot be asked, or its client has stopped.
        """
        first = len(self._told()) + 1  # one may be on its way
        deadline = self._clock.now() + PATIENCE * 2 + tries
        while True:
            told = self._told()
            if len(seen := told[first : first + tries]) == tries:
                return Sample(seen)
            if told and told[-1].outcome is not Outcome.ANSWERED:
                return Sample([*seen, *[told[-1]] * (tries - len(seen))])
            if self._clock.now() > deadline:
                raise CheckBroken(f"{self.name} does not go on: {len(told)} answers so far")
            self._clock.sleep(_LOOK)

    def first(self) -> Observation:
        """What was answered first; ``ask`` has to have been answered before."""
        return self._told()[0]

    def stop(self) -> None:
        """Close the connection, if its Pod is still there."""
        with suppress(CheckBroken):
            self._shell.run("kill", self._process)

    def _told(self) -> list[Observation]:
        """Every answer so far, up to the first that was none."""
        whole, _, _ = self._shell.read("cat", self._written).rpartition("\n")
        told: list[Observation] = []
        for seen in self._read(whole.splitlines()):
            told.append(seen)
            if seen.outcome is not Outcome.ANSWERED:
                break
        return told

    def _read(self, lines: list[str]) -> Iterator[Observation]:
        for number, line in enumerate(lines):
            outcome, pod, why, took = _read(line)
            if number and outcome is Outcome.ANSWERED and not _is_kept(line):
                outcome, pod, why = Outcome.RESET, "", f"{_LOST}, which {pod} answered"
            yield Observation(self.name, self.target, outcome, took, pod, detail=why)


def _is_kept(line: str) -> bool:
    return cast(re.Match[str], _LINE.match(line))["new"] == "0"


def _read(line: str) -> tuple[Outcome, str, str, float]:
    found = _LINE.match(line)
    if found is None:
        return Outcome.BROKEN, "", f"no word of curl's: {line[:160]!r}", 0.0
    took = float(found["took"])
    if found["exit"] != "0":
        return classify.of_curl_status(int(found["exit"])), "", line[found.end() :], took
    try:
        if found["http"] != "200":
            raise Unanswered(f"an answer that names no Pod: {line[:160]!r}")
        return Outcome.ANSWERED, pod_named(found["said"]), "", took
    except Unanswered as error:
        return Outcome.BROKEN, "", str(error), took
