"""Answers: media types the client accepts, Warning headers, objects and failures as JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiohttp import web

from kubeproof.sandbox.api import status
from kubeproof.sandbox.objects import Object

_JSON = ("application/json", "application/*", "*/*")
_YAML = ("application/yaml",)


class Form(NamedTuple):
    """How the client wants the answer: as it is, or as a Table, PartialObjectMetadata, …"""

    media_type: str = "application/json"
    shape: str = ""
    pretty: bool = False


def negotiate(request: web.Request, shapes: Sequence[str] = ()) -> Form:
    """The first form in the Accept header which can be given. Raises ApiError (406)."""
    header = request.headers.get("Accept") or "*/*"
    for range_ in header.split(","):
        media_type, *parameters = [part.strip() for part in range_.split(";")]
        shape = next((text[3:] for text in parameters if text.startswith("as=")), "")
        if shape and shape not in shapes:
            continue
        if media_type in _JSON:
            return Form("application/json", shape, _pretty(request))
        if media_type in _YAML and not shape:
            return Form("application/yaml")
    raise status.not_acceptable([_JSON[0], _YAML[0]])


def _pretty(request: web.Request) -> bool:
    given = request.query.get("pretty")
    if given is not None:
        return given not in ("false", "0")
    agent = request.headers.get("User-Agent", "")
    return agent.startswith(("curl", "Wget", "Mozilla/5.0"))


def answer(
    value: Object, form: Form | None = None, code: int = 200, warnings: Iterable[str] = ()
) -> web.Response:
    """A value as the client wants it, with its Warning headers."""
    form = form or Form()
    response = web.Response(body=_encoded(value, form), status=code)
    response.headers["Content-Type"] = form.media_type
    response.headers["Cache-Control"] = "no-cache, private"
    for text in dict.fromkeys(warnings):
        response.headers.add("Warning", f'299 - "{_header_text(text)}"')
    return response


def failure(error: status.ApiError, form: Form | None = None) -> web.Response:
    """A failure as the Status that tells the client why."""
    response = answer(error.status(), form, error.code)
    retry: int = (error.details or {}).get("retryAfterSeconds", 0)
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def dump(value: Object, pretty: bool = False) -> bytes:
    """A value as JSON text, compact unless a person reads it."""
    if pretty:
        return json.dumps(value, indent=2, ensure_ascii=False).encode()
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _encoded(value: Object, form: Form) -> bytes:
    if form.media_type == "application/yaml":
        import yaml  # for the few who ask for it

        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).encode()
    return dump(value, form.pretty) + (b"\n" if form.pretty else b"")


def _header_text(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')
