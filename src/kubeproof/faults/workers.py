"""Worker processes, each with a sandbox of its own, that carry out trials one after the other.

A worker reads a trial as a line of JSON and answers with a line of JSON. The command that starts
one is the caller's, so that this module knows nothing of who runs scenarios.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kubeproof.errors import CheckBroken, ClusterUnavailable, Misuse
from kubeproof.faults.trial import Outcome, Trial

_LONGEST_ANSWER = 1 << 24
_LOG_TAIL = 2000
_MISUSE = 2  # the exit code for it


@dataclass(frozen=True, slots=True)
class Terms:
    """How trials are carried out on one kind of cluster.

    ``budgets`` are limits under a fault: what fails should fail soon. A limit that is too short
    cannot make a fault pass unnoticed, and a failure for want of time alone would not bear the
    fault's sign. A trial that takes longer than ``limit`` seconds is given up, and its worker with
    it. A worker has ``end`` seconds to give back what it made; with none it is killed.
    """

    budgets: tuple[str, ...]
    limit: float
    end: float = 0.0


ON_SANDBOX = Terms(("dataplane=1", "endpoints=2", "load_balancer=1.5", "pods_ready=4"), 90.0)
ON_NODES = Terms(("dataplane=6", "endpoints=10", "load_balancer=10"), 300.0, 180.0)


@dataclass
class Worker:
    """One process; ``behaviours`` are those whose scenarios it can run."""

    process: asyncio.subprocess.Process
    terms: Terms = ON_SANDBOX
    behaviours: frozenset[str] = frozenset()

    @classmethod
    async def start(cls, command: Sequence[str], terms: Terms = ON_SANDBOX) -> "Worker":
        """Start a process and wait for its first word.

        Raises:
            Misuse: it cannot work with the features.
            CheckBroken: it said nothing.
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_ANSWER,
        )
        worker = cls(process, terms)
        hello = await worker._answer()
        if hello is None:
            raise CheckBroken(f"a worker ended before it began: {await worker.last_words()}")
        if hello["refused"]:
            await worker.end()
            raise Misuse(str(hello["refused"]))
        worker.behaviours = frozenset(hello["behaviours"])
        return worker

    async def carry_out(self, trial: Trial, switch: str) -> Outcome:
        """Carry out one trial with this switched on; who does not answer has broken it.

        Raises:
            ClusterUnavailable: no sandbox can be had, now or later.
            Misuse: the features cannot be worked with.
        """
        faults = [switch] if switch else []
        budgets = self.terms.budgets if switch else ()
        wanted = {"behaviour": trial.behaviour, "faults": faults, "budgets": budgets}
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(wanted).encode() + b"\n")
            await self.process.stdin.drain()
            answer = await asyncio.wait_for(self._answer(), self.terms.limit)
        except TimeoutError:
            return Outcome.broken(f"no answer within {self.terms.limit:g} s")
        except OSError as error:
            return Outcome.broken(f"the worker is gone: {error}")
        if answer is None:
            return Outcome.broken(f"the worker ended: {await self.last_words()}")
        if answer["end"]:
            code, why = answer["end"]
            raise Misuse(why) if code == _MISUSE else ClusterUnavailable(why)
        return Outcome.of(answer)

    async def _answer(self) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        return json.loads(line) if line else None

    async def last_words(self) -> str:
        """The end of what the process wrote on its standard error, once it has ended."""
        _, said = await self.process.communicate()
        return said.decode(errors="replace")[-_LOG_TAIL:].strip()

    async def end(self) -> None:
        """End the process, and with it its sandbox or what it made in a cluster."""
        if self.terms.end and self.process.stdin:
            self.process.stdin.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), self.terms.end)
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.communicate()
