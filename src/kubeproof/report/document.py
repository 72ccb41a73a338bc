"""A feature file as a document: prose, rules, scenarios and examples, in the order they stand."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser

from kubeproof.errors import Misuse
from kubeproof.inventory import ID
from kubeproof.report.sources import Source

_PLACE = re.compile("<([^<>]+)>")
_DOCS = re.compile(r"^\s*Docs?:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A step as it is written; in an outline with places for values."""

    keyword: str
    text: str
    line: int
    doc_string: str | None = None
    table: tuple[tuple[str, ...], ...] = ()

    def filled(self, row: Mapping[str, str]) -> "Step":
        """The step with the values of an example."""

        def fill(text: str) -> str:
            return _PLACE.sub(lambda place: row.get(place[1], place[0]), text)

        return replace(
            self,
            text=fill(self.text),
            doc_string=None if self.doc_string is None else fill(self.doc_string),
            table=tuple(tuple(fill(cell) for cell in line) for line in self.table),
        )


@dataclass(frozen=True)
class Examples:
    """A table of examples of an outline."""

    name: str
    tags: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scenario:
    """A scenario or outline; its tags are all that stand above it."""

    name: str
    description: str
    line: int
    tags: tuple[str, ...]
    background: tuple[Step, ...]
    steps: tuple[Step, ...]
    examples: tuple[Examples, ...] = ()

    @property
    def behaviour(self) -> str:
        """Its behaviour's id; empty where it has none."""
        return next((tag for tag in self.tags if ID.fullmatch(tag)), "")

    @property
    def rows(self) -> Iterator[Mapping[str, str]]:
        """Each example of an outline by the names of its columns."""
        for examples in self.examples:
            yield from (dict(zip(examples.header, row, strict=True)) for row in examples.rows)


@dataclass(frozen=True)
class Rule:
    """A rule; the scenarios that stand before the first one are in a rule without a name."""

    name: str
    description: str
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True)
class Document:
    """A feature."""

    source: Source
    name: str
    description: str
    docs: tuple[str, ...]  # addresses of Kubernetes' documentation
    rules: tuple[Rule, ...]
    language: str = "en"


def document_of(source: Source) -> Document:
    """Read a feature file.

    Raises:
        Misuse: it is not Gherkin, or has no Feature.
    """
    feature = parsed(source)["feature"]
    prose = feature["description"]
    return Document(
        source,
        feature["name"],
        _dedented(_DOCS.sub("", prose)),
        tuple(_DOCS.findall(prose)),
        tuple(_rules(feature)),
        feature["language"],
    )


def parsed(source: Source) -> Any:
    """The tree of a feature file as gherkin-official gives it, in the shape of Cucumber's messages.

    Raises:
        Misuse: it is not Gherkin, or has no Feature.
    """
    try:
        tree: Any = Parser().parse(source.text)
    except (CompositeParserException, ParserException) as error:
        raise Misuse(f"{source.uri} is no feature: {str(error).splitlines()[-1]}") from error
    if not tree.get("feature"):
        raise Misuse(f"{source.uri} has no Feature")
    return tree


def _rules(feature: Any) -> Iterator[Rule]:
    tags, above = _tags(feature), _background(feature, ())
    if loose := tuple(_scenarios(feature, tags, above)):
        yield Rule("", "", loose)
    for child in feature["children"]:
        if rule := child.get("rule"):
            background = _background(rule, above)
            scenarios = tuple(_scenarios(rule, (*tags, *_tags(rule)), background))
            yield Rule(rule["name"], _dedented(rule["description"]), scenarios)


def _background(holder: Any, above: tuple[Step, ...]) -> tuple[Step, ...]:
    for child in holder["children"]:
        if background := child.get("background"):
            return (*above, *_steps(background))
    return above


def _scenarios(
    holder: Any, above: tuple[str, ...], background: tuple[Step, ...]
) -> Iterator[Scenario]:
    for child in holder["children"]:
        if one := child.get("scenario"):
            yield Scenario(
                one["name"],
                _dedented(one["description"]),
                one["location"]["line"],
                tuple(dict.fromkeys((*above, *_tags(one)))),
                background,
                tuple(_steps(one)),
                tuple(_examples(one)),
            )


def _examples(scenario: Any) -> Iterator[Examples]:
    for table in scenario["examples"]:
        if "tableHeader" in table:
            rows = tuple(_cells(row) for row in table["tableBody"])
            yield Examples(table["name"], _tags(table), _cells(table["tableHeader"]), rows)


def _steps(holder: Any) -> Iterator[Step]:
    for step in holder["steps"]:
        table = step.get("dataTable", {}).get("rows", ())
        yield Step(
            step["keyword"].strip(),
            step["text"],
            step["location"]["line"],
            step.get("docString", {}).get("content"),
            tuple(_cells(row) for row in table),
        )


def _cells(row: Any) -> tuple[str, ...]:
    return tuple(str(cell["value"]) for cell in row["cells"])


def _tags(holder: Any) -> tuple[str, ...]:
    return tuple(str(tag["name"]).removeprefix("@") for tag in holder["tags"])


def _dedented(prose: str) -> str:
    return "\n".join(line.strip() for line in prose.strip().splitlines())


def documents_of(sources: Iterable[Source]) -> list[Document]:
    """Read feature files, those of one area together."""
    return sorted(
        (document_of(source) for source in sources),
        key=lambda document: (document.source.area, document.source.uri),
    )
