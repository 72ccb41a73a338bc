import pytest

from kubeproof.sandbox.api.store import HISTORY, Event, ExpiredError, Store
from kubeproof.sandbox.objects import Object, key_of


def thing(name: str, namespace: str = "", mark: int = 0) -> Object:
    metadata: Object = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"metadata": metadata, "mark": mark}


def test_every_write_has_a_version_of_its_own() -> None:
    store = Store()
    first = store.put("services", thing("a", "x"))
    second = store.put("pods", thing("a", "x"))
    gone = store.remove("services", "x", "a")
    assert gone is not None
    versions = [int(obj["metadata"]["resourceVersion"]) for obj in (first, second, gone)]
    assert versions == [1, 2, 3]
    assert store.version == 3


def test_objects_come_in_the_order_of_their_keys_as_etcd_gives_them() -> None:
    store = Store()
    for namespace, name in (("b", "a"), ("a", "z"), ("a-b", "m"), ("a", "b")):
        store.put("services", thing(name, namespace))
    # "-" comes before "/", so namespace a-b comes before a
    assert [key_of(obj) for obj in store.list("services")] == [
        ("a-b", "m"),
        ("a", "b"),
        ("a", "z"),
        ("b", "a"),
    ]
    assert [key_of(obj) for obj in store.list("services", "a")] == [("a", "b"), ("a", "z")]


def test_a_removed_object_keeps_its_last_state_and_gets_the_version_of_its_removal() -> None:
    store = Store()
    kept = store.put("services", thing("a", "x", mark=7))
    gone = store.remove("services", "x", "a")
    assert gone == {**thing("a", "x", mark=7), "metadata": gone["metadata"]} if gone else False
    assert kept["metadata"]["resourceVersion"] == "1", "what was handed out must not change"
    assert store.get("services", "x", "a") is None
    assert store.remove("services", "x", "a") is None


def test_subscribers_are_told_of_every_change_until_they_leave() -> None:
    store = Store()
    told: list[Event] = []
    leave = store.subscribe("services", told.append)
    store.put("services", thing("a", mark=1))
    store.put("services", thing("a", mark=2))
    store.put("pods", thing("a"))
    store.remove("services", "", "a")
    leave()
    store.put("services", thing("b"))
    assert [event.type for event in told] == ["ADDED", "MODIFIED", "DELETED"]
    assert [event.old and event.old["mark"] for event in told] == [None, 1, 2]
    assert [event.version for event in told] == [1, 2, 4]


def test_history_tells_what_happened_after_a_version() -> None:
    store = Store()
    for mark in range(4):
        store.put("services", thing("a", mark=mark))
    assert [event.version for event in store.history("services", 2)] == [3, 4]
    assert store.history("services", 4) == []


def test_history_that_was_compacted_is_said_to_be_expired() -> None:
    store = Store()
    for mark in range(HISTORY + 2):
        store.put("services", thing("a", mark=mark))
    assert len(store.history("services", 2)) == HISTORY
    with pytest.raises(ExpiredError, match=r"too old resource version: 1 \(2\)"):
        store.history("services", 1)


def test_objects_can_be_seen_as_they_were() -> None:
    store = Store()
    store.put("services", thing("a", "x", mark=1))
    store.put("services", thing("b", "x", mark=1))
    store.put("services", thing("a", "x", mark=2))
    store.remove("services", "x", "b")
    store.put("services", thing("c", "x"))
    store.put("services", thing("d", "other"))
    marks = [(obj["metadata"]["name"], obj["mark"]) for obj in store.at("services", "x", 2)]
    assert marks == [("a", 1), ("b", 1)]
    assert [obj["metadata"]["name"] for obj in store.at("services", "x", 4)] == ["a"]
