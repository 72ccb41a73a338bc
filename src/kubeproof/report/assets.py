"""Style and script of the page, which are files of their own, beside this module."""

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file."""
    return files("kubeproof.report").joinpath("static", name).read_text(encoding="utf-8")
