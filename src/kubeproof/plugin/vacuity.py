"""What would pass without showing anything is refused: before a run by its words, then by its acts.

Upstream's own tests have negatives that pass when the probe itself breaks
(kubernetes/test/e2e/network/service.go, verifyServeHostnameServiceDown); here none can.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_bdd.parser import Step

from kubeproof.errors import CheckBroken
from kubeproof.plugin.vocabulary import STEPS, Definition
from kubeproof.probing import Question
from kubeproof.probing.verdict import Judge
from kubeproof.report.record import SPOKEN, ScenarioRecord, StepRecord

QUESTION, CONTROL, LOOKUP = "question", "control", "lookup"

_MISSING: Mapping[str, str] = {
    QUESTION: "no When before it asks anything",
    LOOKUP: "no When before it looks anything up",
    CONTROL: (
        "nothing shows that this client can be answered at all: give the scenario a line such as "
        "'And a client outside the cluster is answered at the node port of the first node'"
    ),
}


def complaints(steps: Sequence[Step], known: Iterable[Definition]) -> Iterator[str]:
    """Why a scenario with these steps would show nothing: one line for each reason."""
    made: set[str] = set()
    unheard: list[Step] = []
    definitions = list(known)
    for step in steps:
        definition = next((one for one in definitions if one.matches(step)), None)
        if definition is None or not str(definition.function.__module__).startswith(STEPS):
            continue  # other people's steps have fixtures of their own
        takes = inspect.signature(definition.function).parameters
        if step.type == "then":
            for name in (name for name in _MISSING if name in takes and name not in made):
                yield f"{_where(step)}: {_MISSING[name]}"
            unheard = [] if QUESTION in takes or LOOKUP in takes else unheard
        target = definition.context.target_fixture or ""
        made.add(target)
        unheard += [step] if target in (QUESTION, LOOKUP) else []
    for step in unheard:
        yield f"{_where(step)}: no Then listens to what this asks"


def _where(step: Step) -> str:
    return f"line {step.line_number}: {step.keyword} {step.name}"


def refuse(scenario: ScenarioRecord, arguments: Iterable[Any]) -> None:
    """Refuse the Then that has just passed if it cannot have shown anything.

    Raises:
        CheckBroken: it was to look at connections and saw none, or it saw but silence from a
            client that no step of the scenario has seen to be answered.
    """
    step = scenario.steps[-1]
    if not step.seen and any(isinstance(one, Question | Judge) for one in arguments):
        raise CheckBroken(f"“{_words(step)}” looked at no connection, so that it shows nothing")
    answered = {
        seen.vantage for each in scenario.steps for seen in each.seen if seen.outcome in SPOKEN
    }
    for vantage in dict.fromkeys(seen.vantage for seen in step.seen):
        if vantage not in answered:
            raise CheckBroken(
                f"“{_words(step)}” saw silence only, and no step shows that {vantage} "
                "can be answered at all"
            )


def _words(step: StepRecord) -> str:
    return f"{step.keyword} {step.text}"
