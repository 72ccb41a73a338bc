"""Selectors, taints and quantities."""

import pytest

from kubeproof.sandbox.controllers.quantities import amount
from kubeproof.sandbox.controllers.selectors import node_term_matches, selects
from kubeproof.sandbox.controllers.taints import eviction_delay, tolerates
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import stored_node, stored_pod


def expression(key: str, operator: str, *values: str) -> Object:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "1", "b": "2"}}, False),
        ({"matchExpressions": [expression("a", "In", "0", "1")]}, True),
        ({"matchExpressions": [expression("a", "NotIn", "1")]}, False),
        ({"matchExpressions": [expression("x", "NotIn", "1")]}, True),
        ({"matchExpressions": [expression("a", "Exists")]}, True),
        ({"matchExpressions": [expression("a", "DoesNotExist")]}, False),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [expression("x", "Exists")]}, False),
    ],
)
def test_label_selector(selector: Object, expected: bool) -> None:
    assert selects(selector, {"a": "1"}) is expected


def test_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a valid label selector operator"):
        selects({"matchExpressions": [expression("a", "Near")]}, {"a": "1"})


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({}, False),
        ({"matchExpressions": [expression("topology.kubernetes.io/zone", "In", "z1")]}, True),
        ({"matchFields": [expression("metadata.name", "In", "n1")]}, True),
        ({"matchFields": [expression("metadata.name", "In", "n2")]}, False),
        ({"matchExpressions": [expression("cores", "Gt", "3")]}, True),
        ({"matchExpressions": [expression("cores", "Lt", "4")]}, False),
        ({"matchExpressions": [expression("kubernetes.io/hostname", "Gt", "3")]}, False),
    ],
)
def test_node_selector_term(term: Object, expected: bool) -> None:
    node = stored_node("n1", "z1")
    node["metadata"]["labels"]["cores"] = "4"
    assert node_term_matches(term, node) is expected


TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "k", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "w"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "k", "operator": "Gt", "value": "1"}, False),
    ],
)
def test_toleration(toleration: Object, expected: bool) -> None:
    assert tolerates(toleration, TAINT) is expected


@pytest.mark.parametrize(
    ("tolerations", "expected"),
    [
        ([], 0),
        ([{"operator": "Exists"}], None),
        ([{"operator": "Exists", "tolerationSeconds": 30}], 30),
        ([{"key": "k", "operator": "Exists", "tolerationSeconds": -1}], 0),
        ([{"operator": "Exists", "tolerationSeconds": t} for t in (30, 20)], 20),
    ],
)
def test_eviction_delay(tolerations: list[Object], expected: float | None) -> None:
    pod = stored_pod("p", spec={"tolerations": tolerations})
    assert eviction_delay(pod, [{"key": "k", "effect": "NoExecute"}]) == expected
    assert eviction_delay(pod, [TAINT]) is None


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("250m", 0.25), ("1.5", 1.5), (2, 2), ("64Mi", 64 * 2**20), ("2G", 2e9), ("1e3", 1000)],
)
def test_quantity(quantity: str | int, expected: float) -> None:
    assert amount(quantity) == expected


@pytest.mark.parametrize("text", ["", "much", "1Xi", "Ki"])
def test_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        amount(text)
