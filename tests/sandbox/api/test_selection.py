import pytest

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object


def labelled(**labels: str) -> Object:
    return {"metadata": {"name": "a", "labels": labels}}


@pytest.mark.parametrize(
    ("selector", "labels", "chosen"),
    [
        ("a=b", {"a": "b"}, True),
        ("a==b", {"a": "c"}, False),
        ("a!=b", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("a in (b, c)", {"a": "c"}, True),
        ("a in (b,c),d", {"a": "c"}, False),
        ("a notin (b)", {"a": "b"}, False),
        ("a notin (b)", {}, True),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("a=", {"a": ""}, True),
        ("a in ()", {"a": ""}, True),
        ("a>5", {"a": "6"}, True),
        ("a<5", {"a": "x"}, False),
        ("example.com/a=b", {"example.com/a": "b"}, True),
        ("in in (in)", {"in": "in"}, True),
        ("", {}, True),
    ],
)
def test_label_selectors_choose(
    registry: Registry, selector: str, labels: dict[str, str], chosen: bool
) -> None:
    assert registry.selection("services", selector).matches(labelled(**labels)) is chosen


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("(", "found '(', expected: !, identifier, or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        (
            "a>b",
            'unable to parse requirement: values[0]: Invalid value: "b": '
            "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
    ],
)
def test_label_selectors_that_do_not_parse_say_why(
    registry: Registry, selector: str, message: str
) -> None:
    with pytest.raises(ApiError) as raised:
        registry.selection("services", selector)
    assert raised.value.code == 400
    assert raised.value.message == message


def test_a_malformed_key_or_value_is_named(registry: Registry) -> None:
    with pytest.raises(ApiError, match=r'requirement: <nil>: Invalid value: "-a": name part must'):
        registry.selection("services", "-a=b")
    with pytest.raises(ApiError, match=r'values\[0\]\[a\]: Invalid value: "-b": a valid label'):
        registry.selection("services", "a=-b")


def test_field_selectors_choose() -> None:
    from tests.sandbox.api.running import new_registry

    registry = new_registry()
    pod: Object = {
        "metadata": {"name": "a", "namespace": "n"},
        "spec": {"nodeName": "k8s-node1"},
        "status": {"phase": "Running"},
    }
    chosen = {
        "metadata.name=a": True,
        "metadata.name!=a": False,
        "spec.nodeName=k8s-node1,status.phase=Running": True,
        "spec.host==k8s-node1": True,
        "spec.nodeName=": False,
        "spec.hostNetwork=false": True,
        "metadata.namespace=other": False,
    }
    for selector, expected in chosen.items():
        assert registry.selection("pods", fields=selector).matches(pod) is expected, selector


@pytest.mark.parametrize(
    ("resource", "selector", "message"),
    [
        ("services", "spec.foo=1", "field label not supported: spec.foo"),
        (
            "configmaps",
            "data=1",
            '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("services", "a", "invalid selector: 'a'; can't understand 'a'"),
        ("services", "metadata.name=a\\x", "invalid field selector: invalid escape sequence: \\x"),
    ],
)
def test_field_selectors_that_cannot_be_used_say_why(
    registry: Registry, resource: str, selector: str, message: str
) -> None:
    with pytest.raises(ApiError) as raised:
        registry.selection(resource, fields=selector)
    assert (raised.value.code, raised.value.message) == (400, message)


def test_a_list_holds_what_both_selectors_choose(registry: Registry) -> None:
    for name, tier in (("a", "front"), ("b", "back"), ("c", "front")):
        body: Object = {"metadata": {"name": name, "labels": {"tier": tier}}}
        registry.create("configmaps", "default", body)
    found = registry.list("configmaps", "default", labels="tier=front", fields="metadata.name!=a")
    assert [obj["metadata"]["name"] for obj in found] == ["c"]
