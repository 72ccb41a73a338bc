"""The step definitions that are loaded, and what a step of a feature finds among them.

pytest-bdd looks steps up when they run, takes one of several that match without a word, and never
awaits a coroutine; here all of that is an error before anything runs.
"""

import importlib
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

STEPS = "kubeproof.steps"
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")  # re.escape escapes spaces too, which nobody can read


@dataclass(frozen=True)
class Definition:
    """One phrase: its keyword (given, when, then), its pattern, and the function behind it."""

    keyword: str
    pattern: str
    function: Any
    context: StepFunctionContext

    @property
    def noun(self) -> str:
        """The module it stands in, which is named after a noun."""
        return str(self.function.__module__).rpartition(".")[2]

    @property
    def expression(self) -> str:
        """A regular expression that its steps match whole, in whatever way it was written."""
        parser: Any = self.context.parser
        if hasattr(parser, "regex"):
            return self.pattern
        if hasattr(parser, "parser"):  # of the package parse, which tells it in no other way
            return str(parser.parser._expression)
        return _SPECIAL.sub(r"\\\g<0>", self.pattern)

    @property
    def place(self) -> tuple[str, int]:
        """The file that defines it and the line of its function."""
        code = inspect.unwrap(self.function).__code__
        return str(code.co_filename), int(code.co_firstlineno)

    @property
    def meaning(self) -> str:
        """What its docstring says."""
        return inspect.getdoc(self.function) or ""

    def matches(self, step: Step) -> bool:
        """Whether the step is one of this definition's."""
        of_kind = self.context.type in (None, step.type)
        return of_kind and bool(self.context.parser.is_matching(step.name))


def step_modules() -> list[str]:
    """The names of kubeproof's own step modules."""
    there = files(STEPS).iterdir()
    stems = (entry.name.removesuffix(".py") for entry in there if entry.name.endswith(".py"))
    return [f"{STEPS}.{stem}" for stem in sorted(stems) if stem not in ("__init__", "phrases")]


def definitions() -> list[Definition]:
    """Every definition that is loaded, pytest-bdd's own ``trace`` left out."""
    contexts = list(step_function_context_registry.values())
    made = (_definition(context) for context in contexts)
    return sorted(
        (one for one in made if not str(one.function.__module__).startswith("pytest_bdd")),
        key=lambda one: (one.noun, one.keyword, one.pattern),
    )


def _definition(context: StepFunctionContext) -> Definition:
    parser: Any = context.parser
    pattern = getattr(parser, "regex", None) or parser.name
    text = pattern.pattern if hasattr(pattern, "pattern") else str(pattern)
    return Definition(context.type or "step", text, context.step_func, context)


def load() -> list[Definition]:
    """Load kubeproof's own steps, outside of a pytest run, and return every definition."""
    for name in step_modules():
        importlib.import_module(name)
    return definitions()


def complaints(steps: Iterable[Step], known: list[Definition]) -> list[str]:
    """What is wrong with these steps: one line for each that is undefined or ambiguous."""
    found: list[str] = []
    for step in steps:
        matching = [one for one in known if one.matches(step)]
        where = f"line {step.line_number}: {step.keyword} {step.name}"
        if not matching:
            found.append(f"{where}: undefined step; see the phrases with: kubeproof steps")
        elif len(matching) > 1:
            names = ", ".join(f"{m.noun}.{m.function.__name__}" for m in matching)
            found.append(f"{where}: ambiguous step, defined by {names}")
    return found


def coroutines(known: Iterable[Definition]) -> list[str]:
    """Definitions that are coroutine functions, which would pass without ever running."""
    return [
        f"{one.noun}.{one.function.__name__}"
        for one in known
        if inspect.iscoroutinefunction(one.function) or inspect.isasyncgenfunction(one.function)
    ]
