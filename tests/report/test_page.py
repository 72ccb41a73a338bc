"""The page: everything in it, nothing from elsewhere, and no text of a run becomes markup."""

import re
from html.parser import HTMLParser

import pytest

from kubeproof.report.book import book_of
from kubeproof.report.page import page
from kubeproof.report.run import RunRecord
from tests.report import runs

VOID = {"meta", "input", "img", "br", "link"}


class Outline(HTMLParser):
    """Every element of a page, and whether each was closed where it had to be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture(scope="module")
def outline() -> Outline:
    return Outline(page(book_of(runs.run())))


def test_nothing_is_loaded_from_anywhere(outline: Outline) -> None:
    for tag, attributes in outline.elements:
        assert tag not in ("link", "iframe", "object", "embed", "img", "base")
        assert not attributes.keys() & {"src", "srcset", "action", "poster", "background"}
    styles = re.findall(r"<style>(.*?)</style>", page(book_of(runs.run())), re.DOTALL)
    assert not re.search(r"@import|https?:|url\((?!#)", "".join(styles))
    [policy] = [m for m in outline.all("meta") if "content-security" in f"{m}".lower()]
    assert "default-src 'none'" in f"{policy['content']}"


def test_no_text_of_a_run_becomes_an_element_or_a_handler(outline: Outline) -> None:
    assert len(outline.all("script")) == 1
    assert not [
        name for _, attributes in outline.elements for name in attributes if name[:2] == "on"
    ]
    assert 'A lie <script>alert("x")</script>' in outline.text
    assert 'onerror="boom()"' in outline.text


def test_every_behaviour_has_an_anchor_and_every_link_inside_leads_somewhere(
    outline: Outline,
) -> None:
    ids = [str(one["id"]) for _, one in outline.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert {"np-03", "np-04", "np-05", "np-06", "np-07", "np-08"} <= set(ids)
    inside = [str(a["href"])[1:] for a in outline.all("a") if str(a["href"]).startswith("#")]
    assert set(inside) <= set(ids)


def test_what_failed_is_open_and_named_first(outline: Outline) -> None:
    opened = {one["id"] for one in outline.all("details") if "open" in one and "id" in one}
    assert opened == {"np-04", "np-07"}
    first = next(a for a in outline.all("a") if f"{a['href']}".startswith("#np"))
    assert first["href"] == "#np-04"


def test_results_are_told_in_words_and_with_reasons(outline: Outline) -> None:
    for words in (
        "The promise was not kept",
        "The check broke",
        "this cluster has no load balancer",
        "It took 2 attempts:",
        "It was not part of this run.",
        "What was promised was so after 0.25 s, and held.",
        "no such step",
    ):
        assert words in outline.text, words


def test_prose_rules_tables_and_manifests_are_there(outline: Outline) -> None:
    for words in ("Doors are", "Doors open", "hinge", '{"a": "<b>"}', "kind: Service", "hands"):
        assert words in outline.text, words
    addresses = [str(a["href"]) for a in outline.all("a")]
    assert "https://example.org/doors" in addresses
    assert any("service/#type-nodeport" in one for one in addresses)
    assert any("github.com/kubernetes/kubernetes" in one for one in addresses)


def test_the_cluster_is_described(outline: Outline) -> None:
    for words in ("kubeconfig", "v1.36.2", "nftables", "kindnet", "172.30.0.11", "zones (none)"):
        assert words in outline.text, words


def test_the_sandbox_is_never_taken_for_a_statement_about_kubernetes() -> None:
    warning = "says nothing about Kubernetes itself"
    assert warning in page(book_of(runs.run(kind="sandbox")))
    assert warning not in page(book_of(runs.run()))


def test_without_a_run_there_are_no_results_but_plans() -> None:
    made = Outline(page(book_of(RunRecord(sources=[runs.SOURCE]))))
    assert "no cluster was asked" in made.text
    assert "What the manifest makes; nothing was observed." in made.text
    assert not [one for _, one in made.elements if "status" in f"{one.get('class')}".split()]
    assert not [one for one in made.all("select") if one.get("data-filter") == "status"]


def test_the_same_record_makes_the_same_page() -> None:
    assert page(book_of(runs.run())) == page(book_of(runs.run()))
