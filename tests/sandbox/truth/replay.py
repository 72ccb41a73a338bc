"""Sends what was sent to a real cluster, in order, and compares what comes back."""

import gzip
import http.client
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from kubeproof.sandbox.objects import Object
from tests.sandbox.truth.comparison import NODES, Comparison, is_list, is_object

CASES: list[Object] = json.loads(Path(__file__).with_name("service-api.json").read_text())
TITLES = {number: case["case"] for number, case in enumerate(CASES, 1)}

AGENT = {"User-Agent": "python-httpx/0.28.1", "Accept-Encoding": "gzip, deflate"}
"""What the client of the recording said of itself; the name shows in managedFields."""

FIRST_LIST = 71
"""The first case that lists Services."""

UNRECORDED: dict[str, Object] = {
    "aff": {"sessionAffinity": "ClientIP"},
    "dsp": {"ipFamilyPolicy": "PreferDualStack"},
    "pnr": {"publishNotReadyAddresses": True},
    "td": {"trafficDistribution": "PreferSameZone"},
    "td2": {"trafficDistribution": "PreferSameNode"},
    "tpn": {"ports": [{"port": 80, "targetPort": "http"}]},
}
"""Services that were made between the recorded requests, and show in lists."""


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    warnings: list[str]
    body: Any


@dataclass
class Difference:
    """What one case answers otherwise than the real cluster did."""

    number: int
    lines: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        request = CASES[self.number - 1]["request"]
        head = f"case {self.number}, {TITLES[self.number]}: {request['method']} {request['path']}"
        return "\n  ".join([head, *self.lines])


class Replay:
    """One run through the cases against one API server."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._token = token
        stated = {port for case in CASES for port in _stated_ports(case["request"])}
        self.comparison = Comparison(stated)

    def run(
        self, numbers: Iterable[int], before: Callable[[int], None] = lambda number: None
    ) -> dict[int, Difference]:
        """Replay the cases of these numbers, in order; ``before`` may wait for each."""
        found: dict[int, Difference] = {}
        for number in numbers:
            if number == FIRST_LIST:
                self._make_unrecorded()
            before(number)
            found[number] = Difference(number, self._compare(number))
        return found

    def _make_unrecorded(self) -> None:
        for name, spec in UNRECORDED.items():
            whole = {"selector": {"app": "pod"}, "ports": [{"port": 9000, "targetPort": 8080}]}
            body = {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name},
                "spec": {**whole, **spec},
            }
            path = "/api/v1/namespaces/truth/services"
            media = "application/json"
            request = {"method": "POST", "path": path, "params": None, "body": body}
            answered = self.send({**request, "contentType": media, "accept": media})
            assert answered.status == 201, answered.body

    def _compare(self, number: int) -> list[str]:
        case = CASES[number - 1]
        real, own = case["response"], self.send(case["request"])
        first, second = (_settled(number, body) for body in (real["body"], own.body))
        lines = self.comparison.differences(first, second)
        if own.status != real["status"]:
            lines.insert(0, f"status: the real cluster has {real['status']}, ours {own.status}")
        if own.warnings != real["warnings"]:
            lines.insert(
                0, f"warnings: the real cluster has {real['warnings']}, ours {own.warnings}"
            )
        return lines

    def send(self, request: Object) -> Answered:
        """Send one request of the recording, with this run's names and numbers in it."""
        parameters = self.comparison.translate(request["params"] or {})
        path = _with_nodes(request["path"])
        if parameters:
            path += "?" + urlencode(parameters, quote_via=quote)
        body = request["body"]
        sent = None if body is None else json.dumps(self.comparison.translate(body))
        headers = {**AGENT, "Authorization": f"Bearer {self._token}"}
        for name, value in (("Content-Type", "contentType"), ("Accept", "accept")):
            if request[value]:
                headers[name] = request[value]
        return self._ask(request["method"], path, sent, headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answered:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            found = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                found = gzip.decompress(found)
            warnings = [value for name, value in answer.getheaders() if name.lower() == "warning"]
            return Answered(answer.status, warnings, _decoded(found.decode()))
        finally:
            connection.close()


ANY_POD = {99, 101, 105, 109}
"""Cases which any of the two Pods may answer."""

LOG = 115
"""The case that shows a log: its lines are of whatever this Pod was asked last."""

_LOG_LINE = re.compile(r"I\d{4} \d\d:\d\d:\d\d\.\d{6} +1 log\.go:244\] GET /(hostname|clientip)")
_NOW = re.compile(r"NOW: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC m=\+\d+(\.\d+)?")


def _settled(number: int, body: Any) -> Any:
    """A body with what is left to chance, or to the clock, replaced by one word for it."""
    if number in ANY_POD:
        return json.loads(re.sub(r"pod-[12]", "a Pod", json.dumps(body)))
    if isinstance(body, str):
        text = _NOW.sub("NOW: the time", body)
        return _LOG_LINE.sub("a request", text) if number == LOG else text
    return body


def _decoded(text: str) -> Any:
    """JSON where it is an object or a list, as the recording has it."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if is_object(value) or is_list(value) else text


def _with_nodes(path: str) -> str:
    return re.sub(r"(?<=/nodes/)(\w+)", lambda found: NODES.get(found[1], found[1]), path)


def _stated_ports(request: Object) -> Iterable[int]:
    """Node ports that somebody chose: those of new objects and of patches."""
    body = request["body"]
    if request["method"] in ("POST", "PATCH") and is_object(body):
        spec: Object = body.get("spec") or {}
        ports: list[Object] = spec.get("ports") or []
        numbers = [*(port.get("nodePort") for port in ports), spec.get("healthCheckNodePort")]
        yield from (number for number in numbers if number)
