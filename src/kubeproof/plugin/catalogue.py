"""The catalogue of step phrases: for each its meaning and the lines that use it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.feature import get_feature

from kubeproof.errors import Misuse
from kubeproof.plugin import vocabulary
from kubeproof.plugin.collection import rendered_steps
from kubeproof.plugin.vocabulary import Definition
from kubeproof.report.markdown import plain, row

KEYWORDS = ("given", "when", "then")


@dataclass(frozen=True)
class Phrase:
    """A definition and how features use it, as written."""

    definition: Definition
    uses: tuple[str, ...]

    @property
    def example(self) -> str:
        """A line as a feature has it; the pattern where none has."""
        return self.uses[0] if self.uses else f"{self.definition.pattern} (not in use)"


def catalogue(features: Path) -> list[Phrase]:
    """Every phrase, with its uses in the features below a folder."""
    known = vocabulary.load()
    uses: dict[int, dict[str, None]] = defaultdict(dict)
    for keyword, text, index in _matches(features, known):
        uses[index][f"{keyword} {text}"] = None
    return [Phrase(one, tuple(uses[index])) for index, one in enumerate(known)]


def _matches(features: Path, known: list[Definition]) -> Iterator[tuple[str, str, int]]:
    for path in sorted(features.glob("**/*.feature")):
        feature = get_feature(str(path.parent), path.name)
        for template in feature.scenarios.values():
            for step in rendered_steps(template):
                for index, one in enumerate(known):
                    if one.matches(step):
                        yield step.type.capitalize(), step.name, index


def told(phrases: list[Phrase], noun: str = "") -> str:
    """The catalogue as text, grouped by noun.

    Raises:
        Misuse: no phrase has that noun.
    """
    nouns = sorted({phrase.definition.noun for phrase in phrases})
    if noun and noun not in nouns:
        raise Misuse(f"no phrases about {noun!r}; choose {', '.join(nouns)}")
    blocks = [_block(one, phrases) for one in nouns if noun in ("", one)]
    return "\n\n".join(blocks)


def _block(noun: str, phrases: list[Phrase]) -> str:
    lines = [noun]
    for phrase in _of(noun, phrases):
        lines += [f"  {phrase.example}", f"      {phrase.definition.meaning.splitlines()[0]}"]
    return "\n".join(lines)


def page(phrases: list[Phrase]) -> str:
    """The catalogue as Markdown: for each noun what may be said of it, and where it is said."""
    nouns = sorted({phrase.definition.noun for phrase in phrases})
    lines = [
        "# The phrases",
        "",
        "<!-- Written by `kubeproof docs --steps`; do not edit. -->",
        "",
        f"Scenarios are made of {len(phrases)} phrases about {len(nouns)} nouns. Each is told by a "
        "line that uses it, with its meaning and the number of different lines that do.",
        "",
    ]
    for noun in nouns:
        lines += [f"## {noun.capitalize()}", "", *_table(noun, phrases), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(noun: str, phrases: list[Phrase]) -> Iterator[str]:
    yield row(("phrase", "meaning", "lines"))
    yield row(("---", "---", "---:"))
    for phrase in _of(noun, phrases):
        meaning = " ".join(phrase.definition.meaning.partition("\n\n")[0].split())
        yield row((f"`{phrase.example}`", plain(meaning), str(len(phrase.uses))))


def _of(noun: str, phrases: list[Phrase]) -> list[Phrase]:
    own = [phrase for phrase in phrases if phrase.definition.noun == noun]
    return sorted(own, key=lambda phrase: KEYWORDS.index(phrase.definition.keyword))
