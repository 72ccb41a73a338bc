"""Label selectors and node selectors."""

import pytest

from kubeproof.sandbox.kinds import label_selectors as selectors
from kubeproof.sandbox.objects import Object

LABELS: Object = {"metadata": {"labels": {"app": "x", "tier": "web"}}}


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ({}, True),
        ({"matchLabels": {"app": "x"}}, True),
        ({"matchLabels": {"app": "y"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["x"]}]}, False),
        ({"matchExpressions": [{"key": "nope", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "nope", "operator": "In", "values": ["x"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selects(selector: Object, chosen: bool) -> None:
    assert selectors.selects(selector, LABELS) is chosen


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        (
            {"key": "a", "operator": "In"},
            "f.matchExpressions[0].values: Required value: "
            "must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            {"key": "a", "operator": "Exists", "values": ["x"]},
            "f.matchExpressions[0].values: Forbidden: "
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            {"key": "a", "operator": "Gt", "values": ["1"]},
            'f.matchExpressions[0].operator: Invalid value: "Gt": not a valid selector operator',
        ),
    ],
)
def test_expressions(expression: Object, complaint: str) -> None:
    errors = selectors.validate_label_selector({"matchExpressions": [expression]}, "f")
    assert [str(error) for error in errors] == [complaint]


@pytest.mark.parametrize(
    ("term", "complaints"),
    [
        ({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}, []),
        (
            {"matchExpressions": [{"key": "a", "operator": "Gt"}]},
            [
                "f.nodeSelectorTerms[0].matchExpressions[0].values: Required value: "
                "must be specified single value when `operator` is 'Lt' or 'Gt'"
            ],
        ),
        (
            {"matchFields": [{"key": "spec.x", "operator": "In", "values": ["1"]}]},
            [
                'f.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "spec.x": '
                "not a valid field selector key"
            ],
        ),
        (
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "b"]}]},
            [
                "f.nodeSelectorTerms[0].matchFields[0].values: Required value: must be only one "
                "value when `operator` is 'In' or 'NotIn' for node field selector"
            ],
        ),
    ],
)
def test_node_terms(term: Object, complaints: list[str]) -> None:
    errors = selectors.validate_node_selector({"nodeSelectorTerms": [term]}, "f")
    assert [str(error) for error in errors] == complaints
