"""The API over HTTP: an aiohttp application that clients take for a Kubernetes API server.

It serves the subset which discovery tells; the rest answers 404, 405 or 415 with a Status.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import web

from kubeproof.sandbox.api import discovery, requestpath, status
from kubeproof.sandbox.api.answers import answer, failure, negotiate
from kubeproof.sandbox.api.body import LIMIT
from kubeproof.sandbox.api.metrics import metrics
from kubeproof.sandbox.api.openapi import OpenAPI
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.requestpath import Target
from kubeproof.sandbox.api.resource_requests import ResourceRequests
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object

Handler: TypeAlias = Callable[[web.Request, str, str, str], Awaitable[web.StreamResponse]]
"""Serves one subresource: request, namespace, name, and the path behind the subresource."""

VERSION: Object = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "$Format:%H$",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_HEALTH = ("healthz", "livez", "readyz")
_log = logging.getLogger(__name__)


def application(
    registry: Registry, *, token: str, extensions: Mapping[str, Handler] | None = None
) -> web.Application:
    """The API as an application: bearer token ``token``, further subresources by ``extensions``.

    Extensions are keyed ``resource/subresource``, such as ``pods/log``; an ApiError they raise
    becomes a Status. Run it with ``handler_cancellation=True``, so that a watch ends when its
    client goes.
    """
    server = _Server(registry, token, extensions or {})
    app = web.Application(client_max_size=LIMIT + 1)
    app.router.add_route("*", "/{path:.*}", server.handle)
    return app


class _Server:
    def __init__(self, registry: Registry, token: str, extensions: Mapping[str, Handler]) -> None:
        self._token = token
        self._extensions = extensions
        self._resources = ResourceRequests(registry)
        self._openapi = OpenAPI(registry.schema.types)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; whatever fails becomes a Status."""
        try:
            return await self._dispatch(request)
        except ApiError as error:
            return failure(error)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - an API server answers its own faults too
            _log.exception("%s %s failed", request.method, request.path)
            return failure(status.internal_error(f"{type(error).__name__}: {error}"))

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts[0] in _HEALTH:
            return web.Response(text="ok")
        if parts == ["version"]:
            return answer(VERSION, negotiate(request))
        self._authenticate(request)
        target = requestpath.parse(request.path)
        if target is not None:
            return await self._resource(request, target)
        return self._document(request, parts)

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            token.strip().encode(), self._token.encode()
        ):
            raise status.unauthorized()

    async def _resource(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.subresource is not None:
            key = f"{target.kind.plural}/{target.subresource.name}"
            extension = self._extensions.get(key)
            if extension is not None:
                return await extension(request, target.namespace, target.name, target.rest)
            if target.subresource.name in ("proxy", "log", "portforward"):
                raise status.no_such_path()
        return await self._resources.answer(request, target)

    def _document(self, request: web.Request, parts: list[str]) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            raise status.method_unknown()
        if parts == ["metrics"]:
            return metrics()
        if parts[0] == "openapi":
            return self._openapi.answer(request, parts[1:])
        found = _discovered(request, parts)
        if found is None:
            raise status.no_such_path()
        return found


def _discovered(request: web.Request, parts: list[str]) -> web.Response | None:
    if parts in (["api"], ["apis"]):
        return _root(request, core=parts == ["api"])
    match parts:
        case [""]:
            found: Object | None = {"paths": _paths()}
        case ["api", version]:
            found = discovery.resource_list("", version)
        case ["apis", group]:
            found = discovery.group(group)
        case ["apis", group, version]:
            found = discovery.resource_list(group, version)
        case _:
            found = None
    return None if found is None else answer(found, negotiate(request))


def _root(request: web.Request, core: bool) -> web.Response:
    form = negotiate(request, (discovery.AGGREGATED,))
    if form.shape:
        response = answer(discovery.aggregated(core), form)
        response.headers["Content-Type"] = discovery.AGGREGATED_TYPE
        return response
    found = discovery.core_versions(request.host) if core else discovery.group_list()
    return answer(found, form)


def _paths() -> list[str]:
    others = ["/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz"]
    others.append("/version")
    return [*discovery.paths(), *others]
