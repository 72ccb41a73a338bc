"""HTTP requests and answers as handlers see them, and answers put on the wire as Go does it.

Answers carry what Go's net/http adds: Date, Content-Length, and a Content-Type found by sniffing.
"""

import time
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qs, unquote

from kubeproof.sandbox.kubelet import http1
from kubeproof.sandbox.kubelet.http1 import Headers


@dataclass(slots=True)
class Request:
    """One request. ``target`` is as it was sent, ``path`` without query and unescaped."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    remote: str = ""
    """The client as ``address:port``; empty for a request which no client sent."""

    @property
    def path(self) -> str:
        """The target's path, unescaped."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, list[str]]:
        """The target's query."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    def header(self, name: str) -> str:
        """The first value of a header field, empty where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def form(self, name: str) -> str:
        """A value of the form, else of the query (net/http: Request.FormValue)."""
        posted = self.method in ("POST", "PUT", "PATCH") and self.body
        if posted and self.header("Content-Type").startswith("application/x-www-form-urlencoded"):
            fields = parse_qs(self.body.decode("latin-1"), keep_blank_values=True)
            if name in fields:
                return fields[name][0]
        return self.query.get(name, [""])[0]


@dataclass(slots=True)
class Response:
    """One answer; a Content-Type is found from the body if ``headers`` names none."""

    status: int = 200
    body: bytes = b""
    headers: Headers = field(default_factory=list[tuple[str, str]])
    close: bool = False


def text(body: str, status: int = 200) -> Response:
    """An answer of some text."""
    return Response(status, body.encode())


def error(body: str, status: int) -> Response:
    """A failure as net/http's Error writes it: one line of plain text."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return Response(status, f"{body}\n".encode(), headers)


def render(method: str, response: Response, closing: bool) -> bytes:
    """An answer as it is sent."""
    names = {name.lower() for name, _ in response.headers}
    headers = list(response.headers)
    headers.append(("Date", _date(int(time.time()))))
    if _may_have_body(response.status):
        headers.append(("Content-Length", str(len(response.body))))
        if response.body and "content-type" not in names:
            headers.append(("Content-Type", sniff(response.body)))
    if closing:
        headers.append(("Connection", "close"))
    head = http1.render_head(f"HTTP/1.1 {response.status} {reason(response.status)}", headers)
    return head if method == "HEAD" or not _may_have_body(response.status) else head + response.body


def reason(status: int) -> str:
    """The words after a status code; Go makes some up for a code it does not know."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status code {status}"


def sniff(body: bytes) -> str:
    """The media type of a body as Go guesses it, as far as Pods here answer such (net/http)."""
    start = body[:512].lstrip(b"\t\n\x0c\r ").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<a ", b"<a>", b"<!--")):
        return "text/html; charset=utf-8"
    if any(byte < 0x20 and byte not in b"\t\n\x0c\r\x1b" for byte in body[:512]):
        return "application/octet-stream"
    return "text/plain; charset=utf-8"


def _may_have_body(status: int) -> bool:
    return status >= 200 and status not in (204, 304)


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    """A moment for the Date field; made once a second."""
    return formatdate(second, usegmt=True)
