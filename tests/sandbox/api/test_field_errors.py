import pytest

from kubeproof.sandbox.api import gotext, status
from kubeproof.sandbox.api.field import FieldError, aggregate


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FieldError.invalid("a.b", "x", "must be y"), 'a.b: Invalid value: "x": must be y'),
        (FieldError.invalid("a", 5, "no"), "a: Invalid value: 5: no"),
        (FieldError.invalid("a", True, "no"), "a: Invalid value: true: no"),
        (FieldError.invalid("a", None, "no"), "a: Invalid value: null: no"),
        (FieldError.invalid("a", ["<x>"], "no"), 'a: Invalid value: ["\\u003cx\\u003e"]: no'),
        (FieldError.required("a"), "a: Required value"),
        (FieldError.required("a", "say it"), "a: Required value: say it"),
        (FieldError.duplicate("a", {"k": 1}), 'a: Duplicate value: {"k":1}'),
        (
            FieldError.not_supported("a", "x", ["y", "z"]),
            'a: Unsupported value: "x": supported values: "y", "z"',
        ),
        (FieldError.forbidden("a", "not now"), "a: Forbidden: not now"),
        (FieldError.too_long("a", "xxx", 2), "a: Too long: may not be more than 2 bytes"),
        (FieldError.too_many("a", 3, 1), "a: Too many: 3: must have at most 1 item"),
    ],
)
def test_field_errors_are_worded_as_kubernetes_words_them(error: FieldError, text: str) -> None:
    assert str(error) == text


def test_several_errors_become_one_message_without_repetitions() -> None:
    one, other = FieldError.required("a"), FieldError.required("b")
    assert aggregate([one]) == "a: Required value"
    assert aggregate([one, other, one]) == "[a: Required value, b: Required value]"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\', '"a\\"b\\\\"'),
        ("a\n\x01é", '"a\\n\\x01é"'),
        ("\u200b", '"\\u200b"'),
    ],
)
def test_strings_are_quoted_as_go_quotes_them(text: str, quoted: str) -> None:
    assert gotext.quote(text) == quoted


def test_invalid_objects_are_told_with_every_cause() -> None:
    errors = [FieldError.required("spec.a"), FieldError.required("spec.b", "please")]
    assert status.invalid("Deployment", "web", errors, "apps").status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Deployment.apps "web" is invalid: '
        "[spec.a: Required value, spec.b: Required value: please]",
        "reason": "Invalid",
        "details": {
            "name": "web",
            "group": "apps",
            "kind": "Deployment",
            "causes": [
                {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.a"},
                {
                    "reason": "FieldValueRequired",
                    "message": "Required value: please",
                    "field": "spec.b",
                },
            ],
        },
        "code": 422,
    }
