"""The smallest client that a test of the API needs: requests and answers as they are."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubeproof.sandbox.objects import Object

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Answer:
    """An answer of the API server, whatever its status."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return self.status < 300


class Rest:
    """Sends a request on a connection of its own and never raises for what is answered."""

    def __init__(self, url: str, token: str) -> None:
        self._address = url.removeprefix("http://")
        self._token = token

    def ask(
        self, method: str, path: str, body: Any = None, media: str = JSON, **headers: str
    ) -> Answer:
        """One request; a body that is not text is sent as JSON, JSON answers are decoded."""
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        wanted = {"Authorization": f"Bearer {self._token}", "Content-Type": media, **headers}
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            connection.request(method, path, sent, wanted)
            answer = connection.getresponse()
            return Answer(answer.status, _decoded(answer), dict(answer.getheaders()))
        finally:
            connection.close()

    def get(self, path: str) -> Object:
        """The object or list at a path; fails when there is none."""
        return self._done(self.ask("GET", path))

    def post(self, path: str, body: Object) -> Object:
        """What was created."""
        return self._done(self.ask("POST", path, body))

    def put(self, path: str, body: Object) -> Object:
        """What was replaced."""
        return self._done(self.ask("PUT", path, body))

    def patch(self, path: str, body: Any, media: str = MERGE_PATCH) -> Object:
        """What was patched."""
        return self._done(self.ask("PATCH", path, body, media))

    def delete(self, path: str) -> Object:
        """What was deleted, or its Status."""
        return self._done(self.ask("DELETE", path))

    def wait(
        self, path: str, condition: Callable[[Object], object], seconds: float = 10.0
    ) -> Object:
        """The object as soon as it is as wanted; fails with the last one after ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.ask("GET", path)
            if answer.ok and condition(answer.body):
                return answer.body
            assert time.monotonic() < deadline, f"{path} is {answer.body}"
            time.sleep(0.005)

    def _done(self, answer: Answer) -> Object:
        assert answer.ok, answer.body
        return answer.body


def _decoded(answer: http.client.HTTPResponse) -> Any:
    body = answer.read().decode()
    if (answer.getheader("Content-Type") or "").startswith(JSON):
        return json.loads(body)
    return body
