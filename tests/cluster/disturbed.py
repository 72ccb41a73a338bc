"""A proxy in front of a real API server that refuses what a test says, or goes away."""

import http.client
import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import yaml

Object = dict[str, Any]
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


@dataclass(frozen=True)
class Refusal:
    """What the API server says in place of doing something."""

    code: int
    reason: str
    message: str

    def status(self) -> bytes:
        """As a Status object."""
        told = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
        own = {"code": self.code, "reason": self.reason, "message": self.message}
        return json.dumps(told | own).encode()


@dataclass
class Disturbed:
    """Whom to disturb: a refusal for each method and path, and whether the server is gone."""

    refusals: Mapping[str, Refusal] = field(default_factory=dict[str, Refusal])
    goes_at: str = ""  # a request after which nothing is answered any more
    rewrite: Callable[[str, Object, Object], Object] | None = None  # line, asked, answered
    asked: list[str] = field(default_factory=list[str])
    gone: Event = field(default_factory=Event)
    stays: bool = True  # gone for good

    def refusal(self, line: str) -> Refusal | None:
        """What is said to a request such as ``POST /api/v1/namespaces``."""
        self.asked.append(line)
        found = (one for pattern, one in self.refusals.items() if re.search(pattern, line))
        if self.goes_at and re.search(self.goes_at, line):
            self.gone.set()
        return next(found, None)


@contextmanager
def disturbed(kubeconfig: str, how: Disturbed) -> Generator[str]:
    """The same kubeconfig, which leads through the proxy."""
    config = yaml.safe_load(kubeconfig)
    cluster = config["clusters"][0]["cluster"]
    server = urlsplit(str(cluster["server"]))
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(str(server.netloc), how)) as proxy:
        proxy.daemon_threads = True
        Thread(target=proxy.serve_forever, daemon=True).start()
        own = f"127.0.0.1:{proxy.server_address[1]}"
        cluster["server"] = server._replace(netloc=own).geturl()
        yield yaml.safe_dump(config)
        proxy.shutdown()


def _handler(upstream: str, how: Disturbed) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            line = f"{self.command} {self.path}"
            refusal = how.refusal(line)
            if how.gone.is_set():
                self.close_connection = True
            elif refusal:
                self._answer(refusal.code, {"Content-Type": "application/json"}, refusal.status())
            else:
                self._pass_on(line, body)

        def _pass_on(self, line: str, body: bytes) -> None:
            connection = http.client.HTTPConnection(upstream, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            if how.rewrite and body and content:
                told = how.rewrite(line, json.loads(body), json.loads(content))
                content = json.dumps(told).encode()
            self._answer(answer.status, dict(answer.getheaders()), content)
            connection.close()

        def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
            self.send_response(status)
            for key, value in headers.items():
                if key.lower() not in HOP_BY_HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler
