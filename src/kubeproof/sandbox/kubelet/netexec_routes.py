"""What netexec answers on each path. Source: agnhost 2.63, command netexec."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs

from kubeproof.sandbox.api.gotext import marshal, quote
from kubeproof.sandbox.kubelet import shell
from kubeproof.sandbox.kubelet.dial import Dialler, dial_http, dial_udp, resolve
from kubeproof.sandbox.kubelet.golang import (
    GoError,
    atoi,
    format_duration,
    format_time,
    parse_duration,
)
from kubeproof.sandbox.kubelet.http_message import Request, Response, error, reason, text
from kubeproof.sandbox.kubelet.http_server import Aborted
from kubeproof.sandbox.kubelet.process import Process

_NOT_OFFERED = "the sandbox's Pods have no {}"


class Server(Protocol):
    """What routes see of the process that they belong to."""

    process: Process
    http_port: int
    ready: bool
    """Whether the UDP server runs."""
    shutting_down: bool
    """Whether a SIGTERM came."""
    started: float
    """When the process began, on the monotonic clock."""
    dial_timeout: float
    """Seconds after which a connection that gets no answer is given up."""

    def shut_down(self, code: int, timeout: float) -> None:
        """Exit once open connections are done, or after ``timeout`` seconds."""
        ...


Answer: TypeAlias = "Response | Awaitable[Response]"
Route: TypeAlias = Callable[[Server, Request], Answer]


def _log(server: Server, line: str) -> None:
    server.process.log.print(line)


def _root(server: Server, request: Request) -> Response:
    _log(server, "GET /")
    return text(f"NOW: {format_time(time.time_ns(), time.monotonic() - server.started)}")


def _echo(server: Server, request: Request) -> Response:
    message, code = request.form("msg"), request.form("code")
    _log(server, f"GET /echo?msg={message}&code={code}")
    if not code:
        return text(message)
    try:
        return text(message, _status(server, request, atoi(code)))
    except GoError:
        return text(f"argument 'code' must be an integer or empty, got {quote(code)}\n")


def _client_ip(server: Server, request: Request) -> Response:
    _log(server, "GET /clientip")
    return text(request.remote)


def _server_port(server: Server, request: Request) -> Response:
    _log(server, "GET /serverport")
    return text(str(server.http_port))


def _header(server: Server, request: Request) -> Response:
    key = request.form("key")
    if key:
        _log(server, f"GET /header?key={key}")
        return text(request.header(key))
    _log(server, "GET /header")
    fields: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.lower() not in ("host", "transfer-encoding"):  # net/http takes these out
            fields.setdefault(canonical(name), []).append(value)
    return text(marshal(dict(sorted(fields.items()))))


def canonical(name: str) -> str:
    """A header field's name as Go writes it: ``x-forwarded-for`` as ``X-Forwarded-For``."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


async def _exit(server: Server, request: Request) -> Response:
    wait, timeout, code = (request.form(name) for name in ("wait", "timeout", "code"))
    _log(server, f"GET /exit?code={code}&timeout={timeout}&wait={wait}")
    must = "must be a valid golang duration or empty"
    try:
        limit = parse_duration(timeout) if timeout else 0.0
    except GoError:
        return text(f"argument 'timeout' {must}, got {quote(timeout)}\n")
    try:
        pause = parse_duration(wait) if wait else 0.0
    except GoError:
        return text(f"argument 'wait' {must}, got {quote(wait)}\n")
    try:
        number = atoi(code) if code else 0
    except GoError:
        return text(f"argument 'code' must be an integer [0-127] or empty, got {quote(code)}\n")
    allowing = f"allowing {format_duration(limit)} for connections to close"
    begin = f"Will begin shutdown in {format_duration(pause)}"
    _log(server, f"{begin}, {allowing}, then will exit with {number}")
    await server.process.surroundings.clock.sleep(pause)
    if limit == 0:
        server.process.exit(number)
        raise Aborted
    server.shut_down(number, limit)
    return Response()


def _healthz(server: Server, request: Request) -> Response:
    _log(server, "GET /healthz")
    return Response(200 if server.ready else 412)


def _readyz(server: Server, request: Request) -> Response:
    _log(server, "GET /readyz")
    if server.shutting_down:
        return text("shutting down", 503)
    return text("ok") if server.ready else Response(412)


def _hostname(server: Server, request: Request) -> Response:
    _log(server, f"GET {request.path}")
    return text(server.process.surroundings.hostname)


def _shutdown(server: Server, request: Request) -> Response:
    _log(server, "GET /shutdown")
    server.process.exit(0)
    raise Aborted


def _redirect(server: Server, request: Request) -> Response:
    location, code = request.form("location"), request.form("code")
    _log(server, f"{request.method} /redirect?msg={location}&code={code}")
    try:
        status = _status(server, request, atoi(code)) if code else 302
    except GoError:
        return text(f"argument 'code' must be an integer or empty, got {quote(code)}\n")
    where = location if "://" in location or location.startswith("/") else f"/{location}"
    headers = [("Location", where)]
    if request.method not in ("GET", "HEAD"):
        return Response(status, b"", headers)
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    link = where.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&#34;")
    return Response(status, f'<a href="{link}">{reason(status)}</a>.\n\n'.encode(), headers)


async def _shell(server: Server, request: Request) -> Response:
    command = request.form("shellCommand") or request.form("cmd")
    _log(server, f"GET /shell?cmd={command}")
    output, status = await shell.run(server.process.surroundings, command, server.process.jobs)
    told = {"error": f"exit status {status}"} if status else {}
    if output:
        told["output"] = output
    return text(marshal(dict(sorted(told.items()))))


def _upload(server: Server, request: Request) -> Response:
    _log(server, "GET /upload")
    return text(marshal({"error": _NOT_OFFERED.format("file system")}), 501)


async def _dial(server: Server, request: Request) -> Response:
    query = parse_qs(request.target.partition("?")[2], keep_blank_values=True)
    names = ("host", "protocol", "port", "request", "tries")
    host, protocol, port, asked, tries = (query.get(name, [""])[0] for name in names)
    _log(
        server,
        f"GET /dial?host={host}&protocol={protocol}&port={port}&request={asked}&tries={tries}",
    )
    try:
        count = atoi(tries) if tries else 1
    except GoError as failure:
        return error(f"tries parameter is invalid. {failure}", 400)
    if not asked:
        return error("request parameter not specified. <nil>", 400)
    network = {"": "tcp", "http": "tcp", "udp": "udp"}.get(protocol.lower())
    if network is None:
        return error(f"unsupported protocol. {protocol}", 400)
    where = server.process.surroundings
    try:
        address = await resolve(where, network, host, port)
    except GoError as failure:
        return error(f"host and/or port param are invalid. {failure}", 400)
    dialler: Dialler = dial_udp if network == "udp" else dial_http
    return await _tries(lambda: dialler(where, asked, address, server.dial_timeout), count)


async def _tries(attempt: Callable[[], Awaitable[str]], count: int) -> Response:
    """Try one after another. As in agnhost, answers are shown only if the last try had one."""
    responses: list[str] = []
    errors: list[str] = []
    last = ""
    for _ in range(count):
        try:
            last = await attempt()
            responses.append(last)
        except GoError as failure:
            last = ""
            errors.append(str(failure))
    output: dict[str, list[str]] = {}
    if errors:
        output["errors"] = errors
    if last:
        output["responses"] = responses
    return text(marshal(output))


def _status(server: Server, request: Request, code: int) -> int:
    """A status code that Go can send; any other makes a handler panic."""
    if not 100 <= code <= 999:
        panic = f"invalid WriteHeader code {code}"
        _log(server, f"http: panic serving {request.remote}: {panic}")
        raise Aborted
    return code


ROUTES: Mapping[str, Route] = {
    "/": _root,
    "/clientip": _client_ip,
    "/serverport": _server_port,
    "/header": _header,
    "/dial": _dial,
    "/echo": _echo,
    "/exit": _exit,
    "/healthz": _healthz,
    "/readyz": _readyz,
    "/hostname": _hostname,
    "/hostName": _hostname,
    "/redirect": _redirect,
    "/shell": _shell,
    "/shutdown": _shutdown,
    "/upload": _upload,
}
"""Every path that netexec knows; any other is answered as the first."""
