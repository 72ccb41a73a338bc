"""Watches: what happened since a version, and then what happens, one JSON line an event.

Follows k8s.io/apiserver's watch cache: an object that starts or stops being chosen by the
selectors is told as ADDED or DELETED; bookmarks say how far a watcher has got.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

from aiohttp import web

from kubeproof.sandbox.api import listing
from kubeproof.sandbox.api.answers import dump
from kubeproof.sandbox.api.options import ListOptions
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.status import ApiError, expired
from kubeproof.sandbox.api.store import Event, ExpiredError
from kubeproof.sandbox.objects import Object, namespace_of

BOOKMARK_SECONDS = 60.0
LONGEST_SECONDS = 3600.0
_LOOK_SECONDS = 5.0
"""How often an idle watch looks whether its client is still there."""

Shape: TypeAlias = Callable[[Object], Object]
Line: TypeAlias = tuple[str, Object]
"""The type of a watch event, and its object."""


class Watch:
    """One client's watch of one resource."""

    def __init__(
        self,
        registry: Registry,
        kind: ResourceType,
        namespace: str,
        options: ListOptions,
        shape: Shape,
    ) -> None:
        self._registry = registry
        self._store = registry.store
        self._kind = kind
        self._namespace = namespace
        self._options = options
        self._shape = shape
        self._selection = registry.selection(kind.plural, options.labels, options.fields)
        self._lines: deque[Line] = deque()
        self._wake = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Stream events until the client goes or the time is over. Raises ApiError before that."""
        since = listing.parse_version(self._options.version, self._kind)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.headers["Cache-Control"] = "no-cache, private"
        unsubscribe = self._registry.subscribe(self._kind.plural, self._notice)
        try:
            ended = self._start(since)
            await response.prepare(request)
            await self._send(response)
            if not ended:
                await self._follow(request, response)
            await response.write_eof()
        except ConnectionResetError:
            pass  # the client went away, which is how most watches end
        finally:
            unsubscribe()
        return response

    def _start(self, since: int) -> bool:
        """Queue what a new watcher is told first; the answer is whether that is all."""
        try:
            listing.check_not_future(self._store, since)
            self._first(since)
        except ExpiredError as error:
            self._put("ERROR", expired(str(error)).status())
            return True
        except ApiError as error:
            self._put("ERROR", error.status())
            return True
        return False

    def _first(self, since: int) -> None:
        if self._options.initial_events or (since == 0 and self._options.initial_events is None):
            for obj in self._store.list(self._kind.plural, self._namespace):
                if self._selection.matches(obj):
                    self._put("ADDED", obj)
        elif since:
            for event in self._store.history(self._kind.plural, since):
                self._notice(event)
        if self._options.initial_events:
            annotations = {"k8s.io/initial-events-end": "true"}
            self._put("BOOKMARK", self._bookmark(annotations))

    def _notice(self, event: Event) -> None:
        """Queue one change, if it concerns what is watched."""
        if self._namespace and namespace_of(event.object) != self._namespace:
            return
        for line in self._told(event):
            self._put(*line)

    def _told(self, event: Event) -> Iterator[Line]:
        now = event.type != "DELETED" and self._selection.matches(event.object)
        before = event.old is not None and self._selection.matches(event.old)
        if now:
            yield "MODIFIED" if before else "ADDED", event.object
        elif before and event.old is not None:
            version = str(event.version)
            metadata = {**event.old["metadata"], "resourceVersion": version}
            yield "DELETED", {**event.old, "metadata": metadata}

    def _put(self, change: str, obj: Object) -> None:
        self._lines.append((change, obj))
        self._wake.set()

    def _bookmark(self, annotations: dict[str, str] | None = None) -> Object:
        metadata: Object = {"resourceVersion": str(self._store.version)}
        if annotations:
            metadata["annotations"] = annotations
        kind = self._kind
        return {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}

    async def _follow(self, request: web.Request, response: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + min(self._options.timeout or LONGEST_SECONDS, LONGEST_SECONDS)
        bookmark = loop.time() + BOOKMARK_SECONDS
        while (moment := loop.time()) < end and _connected(request):
            if moment >= bookmark:
                bookmark = moment + BOOKMARK_SECONDS
                self._mark()
            await self._waited(min(end, bookmark, moment + _LOOK_SECONDS) - moment)
            await self._send(response)
        self._mark()
        await self._send(response)

    def _mark(self) -> None:
        if self._options.bookmarks:
            self._put("BOOKMARK", self._bookmark())

    async def _waited(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _send(self, response: web.StreamResponse) -> None:
        self._wake.clear()
        if not self._lines:
            return
        lines = [self._encoded(*line) for line in self._lines]
        self._lines.clear()
        await response.write(b"".join(lines))

    def _encoded(self, change: str, obj: Object) -> bytes:
        shown = obj if change in ("ERROR", "BOOKMARK") else self._shape(obj)
        return dump({"type": change, "object": shown}) + b"\n"


def _connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
