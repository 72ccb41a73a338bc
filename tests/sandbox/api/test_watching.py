import json
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from kubeproof.sandbox.api.store import HISTORY, Handler
from kubeproof.sandbox.objects import Object
from tests.sandbox.api.objects import service
from tests.sandbox.api.running import RunningAPI

SERVICES = "/api/v1/namespaces/default/services"


@contextmanager
def watching(
    http: httpx.Client, path: str = SERVICES, **params: str
) -> Generator[Iterator[Object]]:
    """The events of a watch, one after the other."""
    query = {"watch": "true", "timeoutSeconds": "5", **params}
    with http.stream("GET", path, params=query) as response:
        assert response.status_code == 200
        yield (json.loads(line) for line in response.iter_lines())


def told(event: Object) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


def label(http: httpx.Client, name: str, **labels: str | None) -> None:
    http.patch(
        f"{SERVICES}/{name}",
        content=json.dumps({"metadata": {"labels": labels}}),
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()


def test_a_watch_tells_what_is_there_and_then_what_happens(http: httpx.Client) -> None:
    http.post(SERVICES, json=service("a"))
    with watching(http) as events:
        assert told(next(events)) == ("ADDED", "a")
        http.post(SERVICES, json=service("b"))
        label(http, "a", x="y")
        http.delete(f"{SERVICES}/b")
        assert [told(next(events)) for _ in range(3)] == [
            ("ADDED", "b"),
            ("MODIFIED", "a"),
            ("DELETED", "b"),
        ]


def test_a_watch_resumes_where_a_list_ended(http: httpx.Client) -> None:
    http.post(SERVICES, json=service("a"))
    version = http.get(SERVICES).json()["metadata"]["resourceVersion"]
    http.post(SERVICES, json=service("b"))
    http.delete(f"{SERVICES}/b")
    with watching(http, resourceVersion=version) as events:
        first, second = next(events), next(events)
    assert [told(first), told(second)] == [("ADDED", "b"), ("DELETED", "b")]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in (first, second)]
    assert versions == [int(version) + 1, int(version) + 2]


def test_a_selector_makes_changes_into_comings_and_goings(http: httpx.Client) -> None:
    http.post(SERVICES, json=service("a"))
    http.post(SERVICES, json=service("b"))
    version = http.get(SERVICES).json()["metadata"]["resourceVersion"]
    with watching(http, resourceVersion=version, labelSelector="tier=front") as events:
        label(http, "a", tier="front")
        label(http, "b", other="x")
        label(http, "a", tier="front", more="x")
        label(http, "a", tier="back")
        seen = [next(events) for _ in range(3)]
    assert [told(event) for event in seen] == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    assert seen[2]["object"]["metadata"]["labels"]["tier"] == "front", "as it was when it left"


def test_a_watch_can_be_of_one_object_or_of_all_namespaces(http: httpx.Client) -> None:
    http.post("/api/v1/namespaces", json={"metadata": {"name": "other"}})
    http.post(SERVICES, json=service("a"))
    http.post(SERVICES, json=service("b"))
    http.post("/api/v1/namespaces/other/services", json=service("c"))
    with watching(http, fieldSelector="metadata.name=b") as events:
        assert told(next(events)) == ("ADDED", "b")
    with watching(http, path="/api/v1/services") as events:
        assert [told(next(events))[1] for _ in range(3)] == ["a", "b", "c"]


def test_the_end_of_the_initial_events_is_marked(http: httpx.Client) -> None:
    http.post(SERVICES, json=service("a"))
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    with watching(http, **query) as events:
        assert told(next(events)) == ("ADDED", "a")
        mark = next(events)
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["kind"] == "Service"
    metadata = mark["object"]["metadata"]
    assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert metadata["resourceVersion"] == http.get(SERVICES).json()["metadata"]["resourceVersion"]


def test_a_watch_ends_in_time_with_a_bookmark(http: httpx.Client) -> None:
    with watching(http, timeoutSeconds="1", allowWatchBookmarks="true") as events:
        assert [event["type"] for event in events] == ["BOOKMARK"]


def test_a_version_that_is_forgotten_or_to_come_is_an_error_event(
    api: RunningAPI, http: httpx.Client
) -> None:
    created = http.post(SERVICES, json=service("a")).json()
    version = created["metadata"]["resourceVersion"]

    def age() -> None:
        for number in range(HISTORY + 1):
            body = service("a")
            body["metadata"]["labels"] = {"n": str(number)}
            api.registry.update("services", "default", "a", body)

    api.call(age)
    with watching(http, resourceVersion=version) as events:
        error = next(events)
        assert list(events) == [], "nothing follows an error"
    assert error["type"] == "ERROR"
    assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")
    assert error["object"]["message"].startswith(f"too old resource version: {version} (")
    with watching(http, resourceVersion="9999999") as events:
        assert next(events)["object"]["code"] == 504


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"sendInitialEvents": "true"},
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            {"resourceVersionMatch": "NotOlderThan"},
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
    ],
)
def test_watches_that_make_no_sense_are_refused(
    http: httpx.Client, params: dict[str, str], message: str
) -> None:
    answer = http.get(SERVICES, params={"watch": "1", **params})
    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_a_watch_can_be_of_tables(http: httpx.Client) -> None:
    http.post(SERVICES, json=service("a"))
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    with http.stream(
        "GET", SERVICES, params={"watch": "true"}, headers={"Accept": accept}
    ) as response:
        event = json.loads(next(response.iter_lines()))
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "a"


def test_a_watcher_that_leaves_is_forgotten(
    api: RunningAPI, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = threading.Event()
    subscribe_to = api.registry.subscribe

    def subscribe(resource: str, handler: Handler) -> Callable[[], None]:
        leave = subscribe_to(resource, handler)

        def leave_and_tell() -> None:
            leave()
            left.set()

        return leave_and_tell

    monkeypatch.setattr(api.registry, "subscribe", subscribe)
    http.post(SERVICES, json=service("a"))
    with watching(http, timeoutSeconds="60") as events:
        next(events)
        assert not left.is_set()
    assert left.wait(5)
