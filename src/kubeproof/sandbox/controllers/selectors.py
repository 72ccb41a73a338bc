"""Label selectors: which objects a selector chooses.

Source: "Labels and Selectors" in the Kubernetes documentation; API reference of LabelSelector
and NodeSelector.
"""

from collections.abc import Mapping
from typing import cast

from kubeproof.sandbox.controllers.fields import objects_at
from kubeproof.sandbox.objects import Object, labels_of, name_of


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels and matchExpressions) chooses these labels.

    An empty selector chooses everything; whoever must not do that asks `is_empty` first.
    """
    wanted = cast("dict[str, str]", selector.get("matchLabels") or {})
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        requirement_holds(expression, labels)
        for expression in objects_at(selector, "matchExpressions")
    )


def is_empty(selector: Object) -> bool:
    """Whether a LabelSelector has no requirement at all."""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def requirement_holds(requirement: Object, labels: Mapping[str, str]) -> bool:
    """Whether one requirement (key, operator, values) holds for these labels.

    Raises ValueError for an operator that neither label nor node selectors have.
    """
    operator = requirement["operator"]
    value = labels.get(requirement["key"])
    values = cast("list[str]", requirement.get("values") or [])
    match operator:
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(operator, value, values)
        case _:
            raise ValueError(f"{operator!r} is not a valid label selector operator")


def _compares(operator: str, value: str | None, values: list[str]) -> bool:
    try:
        have, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return have > bound if operator == "Gt" else have < bound


def node_term_matches(term: Object, node: Object) -> bool:
    """Whether one term of a NodeSelector (expressions and fields) fits a node.

    A term with neither matches no node, as the scheduler has it.
    """
    expressions = objects_at(term, "matchExpressions")
    fields = objects_at(term, "matchFields")
    if not expressions and not fields:
        return False
    return all(requirement_holds(item, labels_of(node)) for item in expressions) and all(
        requirement_holds(item, {"metadata.name": name_of(node)}) for item in fields
    )
