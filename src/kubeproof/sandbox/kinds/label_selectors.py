"""What is wrong with label selectors and node selectors. Source: meta/v1 and core validation."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints, validate_labels
from kubeproof.sandbox.kinds.parts import pairs, parts, text, texts
from kubeproof.sandbox.objects import Object, labels_of


def validate_label_selector(selector: Object, field: str) -> list[FieldError]:
    """matchLabels and matchExpressions."""
    errors = validate_labels(pairs(selector, "matchLabels"), f"{field}.matchLabels")
    for index, expression in enumerate(parts(selector, "matchExpressions")):
        errors += _validate_expression(expression, f"{field}.matchExpressions[{index}]")
    return errors


def _validate_expression(expression: Object, field: str) -> list[FieldError]:
    return [
        *_validate_operator(expression, field),
        *complaints(f"{field}.key", text(expression, "key"), names.label_key),
        *_validate_values(expression, field),
    ]


def _validate_operator(expression: Object, field: str) -> Iterable[FieldError]:
    operator, values = text(expression, "operator"), texts(expression, "values")
    if operator in ("In", "NotIn"):
        if not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            yield FieldError.required(f"{field}.values", detail)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield FieldError.forbidden(f"{field}.values", detail)
    else:
        yield FieldError.invalid(f"{field}.operator", operator, "not a valid selector operator")


def _validate_values(expression: Object, field: str) -> Iterable[FieldError]:
    for index, value in enumerate(texts(expression, "values")):
        yield from complaints(f"{field}.values[{index}]", value, names.label_value)


def validate_node_selector(selector: Object, field: str) -> list[FieldError]:
    """The terms of a required node affinity."""
    terms = parts(selector, "nodeSelectorTerms")
    if not terms:
        detail = "must have at least one node selector term"
        return [FieldError.required(f"{field}.nodeSelectorTerms", detail)]
    return [
        error
        for index, term in enumerate(terms)
        for error in validate_node_term(term, f"{field}.nodeSelectorTerms[{index}]", strict=True)
    ]


def validate_node_term(term: Object, field: str, *, strict: bool) -> Iterable[FieldError]:
    """One term; values that are no label values are accepted in a preference (not strict)."""
    for index, expression in enumerate(parts(term, "matchExpressions")):
        where = f"{field}.matchExpressions[{index}]"
        yield from _validate_node_operator(expression, where)
        yield from complaints(f"{where}.key", text(expression, "key"), names.label_key)
        if strict:
            yield from _validate_values(expression, where)
    for index, expression in enumerate(parts(term, "matchFields")):
        yield from _validate_field(expression, f"{field}.matchFields[{index}]")


def _validate_node_operator(expression: Object, field: str) -> Iterable[FieldError]:
    if text(expression, "operator") not in ("Gt", "Lt"):
        yield from _validate_operator(expression, field)
    elif len(texts(expression, "values")) != 1:
        detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        yield FieldError.required(f"{field}.values", detail)


def _validate_field(expression: Object, field: str) -> Iterable[FieldError]:
    operator, key = text(expression, "operator"), text(expression, "key")
    values = texts(expression, "values")
    if operator not in ("In", "NotIn"):
        yield FieldError.invalid(f"{field}.operator", operator, "not a valid selector operator")
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield FieldError.required(f"{field}.values", detail)
    if key != "metadata.name":
        yield FieldError.invalid(f"{field}.key", key, "not a valid field selector key")
        return
    for index, value in enumerate(values):
        yield from complaints(f"{field}.values[{index}]", value, names.dns_subdomain)


def is_empty(selector: Object) -> bool:
    """Whether a selector matches everything."""
    return not pairs(selector, "matchLabels") and not parts(selector, "matchExpressions")


def selects(selector: Object, obj: Object) -> bool:
    """Whether a label selector matches an object's labels."""
    labels = labels_of(obj)
    wanted = pairs(selector, "matchLabels").items()
    if any(labels.get(key) != value for key, value in wanted):
        return False
    return all(_holds(expression, labels) for expression in parts(selector, "matchExpressions"))


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    operator, key = text(expression, "operator"), text(expression, "key")
    if operator == "In":
        return key in labels and labels[key] in texts(expression, "values")
    if operator == "NotIn":
        return key not in labels or labels[key] not in texts(expression, "values")
    return (key in labels) == (operator == "Exists")
