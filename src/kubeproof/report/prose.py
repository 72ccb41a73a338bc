"""The prose of features: paragraphs, lists, and the inline part of Markdown.

Everything is escaped before anything is marked up, so that no text of a feature becomes HTML.
"""

import re
from html import escape

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s()]+(?:\([^\s()]*\))?)\)")
_ADDRESS = re.compile(r"(?<![\"=>\w])(https?://[^\s<>\"]*[^\s<>\".,;:!?)])")
_STRONG = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])[*_](\S(?:[^*_]*\S)?)[*_](?![\w*])")


def inline(text: str) -> str:
    """Code, links, strong and emphasised words."""
    parts = _CODE.split(text)
    return "".join(
        f"<code>{escape(part)}</code>" if number % 2 else _marked(escape(part))
        for number, part in enumerate(parts)
    )


def _marked(text: str) -> str:
    links: list[str] = []

    def keep(link: str) -> str:
        links.append(link)
        return f"\0{len(links) - 1}\0"

    text = _LINK.sub(lambda found: keep(_anchor(found[2], found[1])), text)
    text = _ADDRESS.sub(lambda found: keep(_anchor(found[1], found[1])), text)
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    text = _EMPHASIS.sub(r"<em>\1</em>", text)
    return re.sub("\0(\\d+)\0", lambda found: links[int(found[1])], text)


def _anchor(address: str, words: str) -> str:
    return f'<a href="{address}">{words}</a>'


def blocks(text: str) -> str:
    """Paragraphs, which an empty line separates, and lists, whose lines begin with ``- ``."""
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block.strip())


def _block(block: str) -> str:
    lines = [line.strip() for line in block.splitlines()]
    if not all(line.startswith(("- ", "* ")) for line in lines):
        return f"<p>{inline(' '.join(lines))}</p>"
    return "<ul>" + "".join(f"<li>{inline(line[2:])}</li>" for line in lines) + "</ul>"
