"""A Docker that keeps its containers in a list: the Engine API over a socket, no container runs."""

import json
import re
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Object = dict[str, Any]


@dataclass
class FakeDocker:
    """What is there, what was asked for, and what a command in a container comes to."""

    containers: list[Object] = field(default_factory=list[Object])
    networks: list[Object] = field(default_factory=list[Object])
    volumes: list[str] = field(default_factory=list[str])
    images: set[str] = field(default_factory=set[str])
    logs: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])
    created: dict[str, Object] = field(default_factory=dict[str, Object])
    oldest_api: str = "1.12"
    pull_error: str = "pull access denied"
    archive: bytes = b""  # what images are saved as
    loaded: list[bytes] = field(default_factory=list[bytes])
    execute: Callable[[str, list[str]], tuple[int, str]] = lambda _, __: (0, "")
    commands: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])

    def add(self, name: str, labels: dict[str, str], network: str = "", address: str = "") -> None:
        """A container that runs."""
        self.containers.append(
            {
                "Id": f"id-{name}",
                "Names": [f"/{name}"],
                "Labels": labels,
                "State": "running",
                "Created": 1,
                "NetworkSettings": {"Networks": {network: {"IPAddress": address}}},
            }
        )

    def names(self) -> list[str]:
        """The containers that are there."""
        return [one["Names"][0].lstrip("/") for one in self.containers]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Status and body for a request."""
        for verb, pattern, handle in self._routes():
            if verb == method and (match := re.fullmatch(pattern, path)):
                return handle(match, query, body)
        return 404, {"message": f"page not found: {method} {path}"}

    def _routes(self) -> list[tuple[str, str, Callable[[Any, dict[str, str], Any], Any]]]:
        version = {"Version": "20.10.24", "MinAPIVersion": self.oldest_api}
        return [
            ("GET", "/version", lambda m, q, b: (200, version)),
            ("GET", "/containers/json", lambda m, q, b: (200, self._listed(q))),
            ("GET", "/containers/(.+)/json", lambda m, q, b: self._inspected(m[1])),
            ("GET", "/containers/(.+)/logs", lambda m, q, b: self._logs(m[1])),
            ("DELETE", "/containers/(.+)", lambda m, q, b: self._removed(m[1])),
            ("POST", "/containers/create", lambda m, q, b: self._create(q["name"], b)),
            ("POST", "/containers/(.+)/start", lambda m, q, b: (204, None)),
            ("POST", "/containers/(.+)/exec", lambda m, q, b: self._exec(m[1], b["Cmd"])),
            ("POST", r"/exec/(\d+)/start", lambda m, q, b: (200, framed(self._ran(m[1])[1]))),
            ("GET", r"/exec/(\d+)/json", lambda m, q, b: (200, {"ExitCode": self._ran(m[1])[0]})),
            ("GET", "/networks", lambda m, q, b: (200, self.networks)),
            ("GET", "/networks/(.+)", lambda m, q, b: self._network(m[1])),
            ("DELETE", "/networks/(.+)", lambda m, q, b: self._drop_network(m[1])),
            ("GET", "/volumes", lambda m, q, b: self._volumes()),
            ("DELETE", "/volumes/(.+)", lambda m, q, b: (204, self.volumes.remove(m[1]))),
            ("GET", "/images/get", lambda m, q, b: self._saved()),
            ("POST", "/images/load", lambda m, q, b: self._load(b)),
            ("GET", "/images/(.+)/json", lambda m, q, b: self._image(m[1])),
            ("POST", "/images/create", lambda m, q, b: (200, {"error": self.pull_error})),
        ]  # fmt: skip

    def _listed(self, query: dict[str, str]) -> list[Object]:
        wanted = [label.partition("=") for label in json.loads(query["filters"])["label"]]
        return [
            one
            for one in self.containers
            if all(
                key in one["Labels"] and (not equals or one["Labels"][key] == value)
                for key, equals, value in wanted
            )
        ]

    def _inspected(self, name: str) -> tuple[int, Object]:
        if name in self.created:
            ports = {"8080/tcp": [{"HostPort": "1"}]}
            return 200, {"NetworkSettings": {"Ports": ports}}
        state = {"Status": "running", "ExitCode": 0}
        return 200, {"Name": name, "State": state, "Image": "sha256:1", "RestartCount": 0}

    def _logs(self, name: str) -> tuple[int, bytes]:
        return 200, framed(self.logs.get(name, ""))

    def _volumes(self) -> tuple[int, Object]:
        made = "2026-11-22T10:00:00Z"
        return 200, {"Volumes": [{"Name": name, "CreatedAt": made} for name in self.volumes]}

    def _removed(self, name: str) -> tuple[int, Object | None]:
        left = [one for one in self.containers if name not in (one["Id"], one["Names"][0][1:])]
        gone = len(left) < len(self.containers)
        self.containers[:] = left
        return (204, None) if gone else (404, {"message": f"No such container: {name}"})

    def _create(self, name: str, settings: Object) -> tuple[int, Object]:
        self.created[name] = settings
        self.add(name, settings.get("Labels", {}))
        return 201, {"Id": f"id-{name}"}

    def _exec(self, name: str, command: list[str]) -> tuple[int, Object]:
        self.commands.append((name, command))
        return 201, {"Id": str(len(self.commands) - 1)}

    def _ran(self, number: str) -> tuple[int, str]:
        return self.execute(*self.commands[int(number)])

    def _network(self, name: str) -> tuple[int, Object]:
        found = next((one for one in self.networks if one["Name"] == name), None)
        return (200, found) if found else (404, {"message": f"network {name} not found"})

    def _drop_network(self, name: str) -> tuple[int, Object | None]:
        self.networks[:] = [one for one in self.networks if one["Name"] != name]
        return 204, None

    def _saved(self) -> tuple[int, Any]:
        missing = {"message": "no such image in the store"}
        return (200, self.archive) if self.archive else (404, missing)

    def _load(self, content: bytes) -> tuple[int, Object]:
        self.loaded.append(content)
        names = " ".join(sorted(self.images))
        return 200, {"stream": f"Loaded image: {names}\n"}

    def _image(self, name: str) -> tuple[int, Object]:
        there = name in self.images
        return (200, {"Id": name}) if there else (404, {"message": f"No such image: {name}"})


def framed(text: str) -> bytes:
    """Text as Docker sends what a container wrote to its standard output."""
    content = text.encode()
    return struct.pack(">B3xI", 1, len(content)) + content if content else b""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def served(docker: FakeDocker, path: Path) -> Generator[str]:
    """Serve it on a socket; its URL, as in DOCKER_HOST."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def _answer(self) -> None:
            raw = self._body()
            tar = self.headers.get("Content-Type") == "application/x-tar"
            body = raw if tar else (json.loads(raw) if raw else None)
            url = urlsplit(self.path)
            plain = re.sub(r"^/v\d+\.\d+", "", unquote(url.path))
            docker.asked.append(f"{self.command} {unquote(url.path)}")
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            status, answer = docker.answer(self.command, plain, query, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            content = b"" if answer is None else content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - http.server wants these names

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with _Server(str(path), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"unix://{path}"
        server.shutdown()
