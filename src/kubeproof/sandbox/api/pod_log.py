"""``pods/log``: what a container wrote.

Source: the Pod registry's LogLocation and the kubelet's validateContainerLogStatus of Kubernetes
1.36, with their messages.
"""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.kubelet.container import Container
from kubeproof.sandbox.kubelet.container_log import ContainerLog, Line
from kubeproof.sandbox.kubelet.container_state import Waiting
from kubeproof.sandbox.kubelet.kubelets import Kubelets
from kubeproof.sandbox.objects import Object

_TRUE = ("true", "1", "t", "T", "TRUE", "True")
_PULLS = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


class LogOptions(NamedTuple):
    """Which lines, and how they are shown. ``since`` in nanoseconds since the epoch."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    limit: int | None = None
    since: int = 0

    def shown(self, line: Line) -> bytes:
        """A line as it is sent."""
        return (f"{line.stamp} {line.text}\n" if self.timestamps else f"{line.text}\n").encode()


class PodLog:
    """Serves ``pods/log``."""

    def __init__(self, registry: Registry, kubelets: Kubelets) -> None:
        self._registry = registry
        self._kubelets = kubelets

    async def handle(
        self, request: web.Request, namespace: str, name: str, path: str
    ) -> web.StreamResponse:
        """Send the lines, and further ones as they come if they are to be followed."""
        if request.method != "GET":
            raise status.method_unknown()
        options = parse(request, name)
        pod = self._registry.get("pods", namespace, name)
        container = _container_name(pod, name, options.container)
        if not pod["spec"].get("nodeName"):
            return web.Response(status=204)
        worker = self._kubelets.worker(pod)
        found = worker.find(container) if worker is not None else None
        if found is None:
            message = f'container "{container}" in pod "{name}" is not available'
            raise status.bad_request(message)
        return await _send(request, _log(found, name, options.previous), options)


def parse(request: web.Request, name: str) -> LogOptions:
    """The options in a request's query. Raises ApiError (400, 422)."""
    query = request.query
    tail, limit, seconds = (
        _number(query.get(option), option) for option in ("tailLines", "limitBytes", "sinceSeconds")
    )
    since = query.get("sinceTime")
    errors = list(_errors(tail, limit, seconds, since))
    if errors:
        raise status.invalid("PodLogOptions", name, errors)
    return LogOptions(
        query.get("container", ""),
        query.get("follow") in _TRUE,
        query.get("previous") in _TRUE,
        query.get("timestamps") in _TRUE,
        tail,
        limit,
        _since(seconds, since),
    )


def _number(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        why = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise status.bad_request(f"unable to decode query parameter {option}: {why}") from error


def _errors(
    tail: int | None, limit: int | None, seconds: int | None, since: str | None
) -> Iterator[FieldError]:
    if tail is not None and tail < 0:
        yield FieldError.invalid("tailLines", tail, "must be greater than or equal to 0")
    if limit is not None and limit < 1:
        yield FieldError.invalid("limitBytes", limit, "must be greater than 0")
    if seconds is not None and since is not None:
        why = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        yield FieldError.forbidden("", why)
    elif seconds is not None and seconds < 1:
        yield FieldError.invalid("sinceSeconds", seconds, "must be greater than 0")


def _since(seconds: int | None, since: str | None) -> int:
    if since is not None:
        try:
            return int(datetime.fromisoformat(since).timestamp() * 1e9)
        except ValueError as error:
            raise status.bad_request(f'parsing time "{since}"') from error
    if seconds is not None:
        return int((datetime.now().timestamp() - seconds) * 1e9)
    return 0


def _container_name(pod: Object, name: str, wanted: str) -> str:
    """The container whose log is meant. Raises ApiError (400)."""
    spec = pod["spec"]
    regular = [str(item["name"]) for item in spec["containers"]]
    names = [str(item["name"]) for item in spec.get("initContainers") or ()] + regular
    if wanted:
        if wanted not in names:
            raise status.bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(regular) == 1:
        return regular[0]
    message = f"a container name must be specified for pod {name}, choose one of: "
    raise status.bad_request(f"{message}[{' '.join(names)}]")


def _log(container: Container, pod: str, previous: bool) -> ContainerLog:
    """The log of the run that is meant. Raises ApiError (400)."""
    where = f'container "{container.name}" in pod "{pod}"'
    waiting = isinstance(container.state, Waiting)
    if previous:
        log = container.log if waiting else container.previous_log
        if container.last is None or log is None:
            raise status.bad_request(f"previous terminated {where} not found")
        return log
    if container.log is not None and not (waiting and container.last is None):
        return container.log
    reason = container.state.reason if isinstance(container.state, Waiting) else ""
    raise status.bad_request(f"{where} is waiting to start: {_PULLS.get(reason, reason)}")


def _selected(lines: Iterable[Line], options: LogOptions) -> list[Line]:
    found = [line for line in lines if line.moment >= options.since]
    if options.tail is not None:
        return found[-options.tail :] if options.tail else []
    return found


async def _send(request: web.Request, log: ContainerLog, options: LogOptions) -> web.StreamResponse:
    body = b"".join(options.shown(line) for line in _selected(log.lines(), options))
    if not options.follow:
        return web.Response(body=body[: options.limit], content_type="text/plain")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    queue: asyncio.Queue[Line | None] = asyncio.Queue()
    unfollow = log.follow(queue.put_nowait)
    try:
        await response.prepare(request)
        await _follow(response, queue, body, options, log.closed)
    finally:
        unfollow()
    await response.write_eof()
    return response


async def _follow(
    response: web.StreamResponse,
    queue: "asyncio.Queue[Line | None]",
    body: bytes,
    options: LogOptions,
    over: bool,
) -> None:
    """Send what there is and then line by line, up to the limit or the container's end."""
    left = options.limit if options.limit is not None else -1
    while True:
        piece = body if left < 0 else body[:left]
        if piece:
            await response.write(piece)
        left = left - len(piece) if left >= 0 else left
        if over or left == 0:
            return
        line = await queue.get()
        if line is None:
            return
        body = options.shown(line)
