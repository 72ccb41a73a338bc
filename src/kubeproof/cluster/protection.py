"""Clusters that are not to be touched by mistake."""

import re
from collections.abc import Iterator

from kubeproof.errors import Misuse
from kubeproof.model import Object

DEFAULT = "prod"


def refuse_protected(config: Object, pattern: str) -> None:
    """Refuse the current context of a kubeconfig if the pattern is found in what names it.

    Looked at are the context, its cluster and the server's address, without regard to case.

    Raises:
        Misuse: it is protected, or the pattern is no regular expression.
    """
    try:
        protected = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise Misuse(f"--protect takes a regular expression, not {pattern!r}: {error}") from error
    for what, name in _names(config):
        if protected.search(name):
            raise Misuse(
                f"{what} {name!r} is protected (it matches {pattern!r}): a run makes namespaces, "
                "Pods and Services there and takes node ports; choose another with --context, "
                "or say --allow-protected"
            )


def _names(config: Object) -> Iterator[tuple[str, str]]:
    context = str(config.get("current-context") or "")
    cluster = str(_entry(config, "contexts", context).get("cluster") or "")
    yield "context", context
    yield "cluster", cluster
    yield "server", str(_entry(config, "clusters", cluster).get("server") or "")


def _entry(config: Object, part: str, name: str) -> Object:
    """What a kubeconfig has under a name: ``contexts`` hold a ``context``, and so on."""
    entries: list[Object] = config.get(part) or []
    nothing: Object = {}
    found: Object = next((entry for entry in entries if entry.get("name") == name), nothing)
    return found.get(part.removesuffix("s")) or nothing
