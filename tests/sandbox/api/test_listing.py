import pytest

from kubeproof.sandbox.api import listing
from kubeproof.sandbox.api.options import ListOptions
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.resources import BY_PLURAL
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import HISTORY
from kubeproof.sandbox.objects import Object

KIND = BY_PLURAL["configmaps"]


def fill(registry: Registry, *names: str) -> None:
    for name in names:
        registry.create("configmaps", "default", {"metadata": {"name": name}})


def names(page: Object) -> list[str]:
    return [obj["metadata"]["name"] for obj in page["items"]]


def page(registry: Registry, namespace: str = "default", **query: str) -> Object:
    return listing.page(registry, KIND, namespace, ListOptions.parse(query))


def test_a_list_has_the_version_of_the_last_write(registry: Registry) -> None:
    fill(registry, "b", "a")
    found = page(registry)
    assert names(found) == ["a", "b"]
    assert found["metadata"] == {"resourceVersion": str(registry.store.version)}
    assert found["kind"] == "ConfigMapList"


def test_pages_continue_at_the_version_of_the_first(registry: Registry) -> None:
    fill(registry, "a", "b", "c", "d")
    first = page(registry, limit="2")
    assert names(first) == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 2
    registry.delete("configmaps", "default", "c")
    fill(registry, "bb", "e")
    rest = page(registry, limit="2", **{"continue": first["metadata"]["continue"]})
    assert names(rest) == ["c", "d"], "what changed since is not in"
    assert rest["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}


def test_pages_go_over_all_namespaces(registry: Registry) -> None:
    registry.create("namespaces", "", {"metadata": {"name": "other"}})
    fill(registry, "a", "z")
    registry.create("configmaps", "other", {"metadata": {"name": "m"}})
    first = page(registry, "", limit="2")
    rest = page(registry, "", limit="2", **{"continue": first["metadata"]["continue"]})
    assert names(first) + names(rest) == ["a", "z", "m"]


def test_with_a_selector_nobody_knows_how_many_are_left(registry: Registry) -> None:
    fill(registry, "a", "b", "c")
    found = page(registry, limit="1", fieldSelector="metadata.name!=a")
    assert names(found) == ["b"]
    assert "continue" in found["metadata"]
    assert "remainingItemCount" not in found["metadata"]


def test_a_token_that_is_too_old_offers_to_go_on_inconsistently(registry: Registry) -> None:
    fill(registry, "a", "b", "c")
    token = page(registry, limit="1")["metadata"]["continue"]
    for number in range(HISTORY + 1):
        body: Object = {"metadata": {"name": "c"}, "data": {"n": str(number)}}
        registry.update("configmaps", "default", "c", body)
    with pytest.raises(ApiError) as raised:
        page(registry, **{"continue": token})
    status = raised.value.status()
    assert (status["code"], status["reason"]) == (410, "Expired")
    assert names(page(registry, **{"continue": status["metadata"]["continue"]})) == ["b", "c"]


def test_a_list_can_be_of_an_exact_version(registry: Registry) -> None:
    fill(registry, "a")
    version = str(registry.store.version)
    fill(registry, "b")
    found = page(registry, resourceVersion=version, resourceVersionMatch="Exact")
    assert names(found) == ["a"]
    assert found["metadata"]["resourceVersion"] == version


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"continue": "nonsense!"}, 400, "continue key is not valid: "),
        ({"limit": "x"}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ({"resourceVersion": "x"}, 422, 'resourceVersion: Invalid value: "x"'),
        (
            {"resourceVersion": "999999"},
            504,
            "Timeout: Too large resource version: 999999",
        ),
        ({"resourceVersionMatch": "Exact"}, 422, "forbidden unless resourceVersion is provided"),
        (
            {"resourceVersionMatch": "Nearly", "resourceVersion": "1"},
            422,
            'Unsupported value: "Nearly": supported values: "Exact", "NotOlderThan", ""',
        ),
        ({"sendInitialEvents": "true"}, 422, "sendInitialEvents is forbidden for list"),
    ],
)
def test_lists_that_cannot_be_given_say_why(
    registry: Registry, query: dict[str, str], code: int, message: str
) -> None:
    with pytest.raises(ApiError) as raised:
        page(registry, **query)
    assert raised.value.code == code
    assert message in raised.value.message
