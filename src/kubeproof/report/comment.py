"""What fits into a comment on GitHub, which refuses a longer one as a whole.

A job's page takes 1 MiB, so that a comment's length is short enough for both.
"""

from collections.abc import Iterable

LIMIT = 65_536  # characters (https://github.com/orgs/community/discussions/41331)
REASON = 300  # characters of a reason; the page has all of it
_ROOM = 200  # for the line that says what was left out, and what has to be closed
_OPEN, _CLOSE = "<details>", "</details>"


def brief(reason: str) -> str:
    """A reason in so many characters."""
    text = " ".join(reason.split())
    return text if len(text) <= REASON else f"{text[: REASON - 1].rstrip()}…"


def fitted(lines: Iterable[str], limit: int = LIMIT) -> str:
    """As many of the lines of a Markdown text as fit, and how many did not."""
    kept, left = list(lines), 0
    length = sum(len(line) + 1 for line in kept)
    while length > limit - (_ROOM if left else 0) and kept:
        left += 1
        length -= len(kept.pop()) + 1
    if left:
        text = "\n".join(kept)
        kept += [_CLOSE] * (text.count(_OPEN) - text.count(_CLOSE))
        kept += ["", f"… {left} more lines are in the page of the run."]
    return "\n".join(kept).rstrip() + "\n"
