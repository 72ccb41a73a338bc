"""Nodes: what is written on them for others to heed."""

from collections.abc import Sequence

from pytest_bdd import parsers, when

from kubeproof.cluster.node_marks import LABEL, TAINT, NodeMarks
from kubeproof.model import Node

from .phrases import ORDINAL, nth


@when(parsers.re(rf'the (?P<which>{ORDINAL}) node is (?P<what>{LABEL}|{TAINT}) "(?P<key>[^"]+)"'))
def node_is_marked(
    node_marks: NodeMarks, nodes: Sequence[Node], which: str, what: str, key: str
) -> None:
    """The node has the label, or the taint in its mildest effect, until the scenario ends."""
    node_marks.put(nth(which, nodes).name, what, key)
