"""Requests for resources: every verb of every kind, and the API's own subresources."""

from aiohttp import web

from kubeproof.sandbox.api import listing, options, patching, protobuf, scale, status
from kubeproof.sandbox.api.answers import Form, answer, negotiate
from kubeproof.sandbox.api.binding import success
from kubeproof.sandbox.api.body import ACCEPTED, LIMIT, read_object
from kubeproof.sandbox.api.options import ListOptions
from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.requestpath import Target
from kubeproof.sandbox.api.shapes import SHAPES, Shaper
from kubeproof.sandbox.api.watch import Watch
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object, name_of

_OPTIONS_KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}


class ResourceRequests:
    """Answers what is asked of resources."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def answer(self, request: web.Request, target: Target) -> web.StreamResponse:
        """Do what the request asks. Raises ApiError."""
        form = negotiate(request, SHAPES)
        if target.subresource is not None:
            return await self._subresource(request, target, form)
        match request.method:
            case "GET" | "HEAD":
                return await self._read(request, target, form)
            case "POST" if not target.name:
                return await self._create(request, target, form)
            case "PUT" if target.name:
                return await self._update(request, target, form)
            case "PATCH" if target.name:
                return await self._patch(request, target, form)
            case "DELETE":
                return await self._delete(request, target, form)
            case _:
                raise status.method_unknown()

    async def _read(self, request: web.Request, target: Target, form: Form) -> web.StreamResponse:
        kind = target.kind
        shaper = Shaper(self._registry.schema, kind, form.shape, request.query)
        if target.name and not options.boolean(request.query, "watch"):
            _allow(target, "get")
            obj = self._registry.get(kind.plural, target.namespace, target.name)
            version = listing.parse_version(request.query.get("resourceVersion", ""), kind)
            listing.check_not_future(self._registry.store, version)
            return answer(shaper.one(obj), form, warnings=_deprecations(target))
        wanted = ListOptions.parse(request.query)
        if wanted.watch:
            _allow(target, "watch")
            watch = Watch(self._registry, kind, target.namespace, wanted, shaper.event)
            return await watch.serve(request)
        _allow(target, "list")
        page = listing.page(self._registry, kind, target.namespace, wanted)
        return answer(shaper.many(page), form, warnings=_deprecations(target))

    async def _create(self, request: web.Request, target: Target, form: Form) -> web.Response:
        _allow(target, "create")
        if target.kind.namespaced and not target.namespace:
            raise status.method_unknown()
        writer = _writer(request)
        body = await self._body(request, target.kind.kind, writer)
        if target.kind.plural == "selfsubjectaccessreviews":
            obj = self._registry.schema.decode(target.kind, body, writer)
            return answer({**obj, "status": {"allowed": True}}, form, 201, writer.warnings)
        obj = self._registry.create(target.kind.plural, target.namespace, body, writer=writer)
        return self._written(request, target, form, obj, writer, 201)

    async def _update(self, request: web.Request, target: Target, form: Form) -> web.Response:
        _allow(target, "update")
        writer = _writer(request)
        body = await self._body(request, target.kind.kind, writer)
        known = self._registry.store.get(target.kind.plural, target.namespace, target.name)
        obj = self._registry.update(
            target.kind.plural,
            target.namespace,
            target.name,
            body,
            subresource=target.subresource.name if target.subresource else "",
            writer=writer,
        )
        code = 201 if known is None else 200
        return self._written(request, target, form, obj, writer, code)

    async def _patch(self, request: web.Request, target: Target, form: Form) -> web.Response:
        _allow(target, "patch")
        writer, patch, force = await self._patch_of(request)
        obj, created = self._registry.patch(
            target.kind.plural,
            target.namespace,
            target.name,
            patch,
            request.content_type,
            subresource=target.subresource.name if target.subresource else "",
            force=force,
            writer=writer,
        )
        return self._written(request, target, form, obj, writer, 201 if created else 200)

    async def _patch_of(self, request: web.Request) -> tuple[Writer, bytes, bool]:
        if request.content_type not in patching.TYPES:
            message = "415: Unsupported Media Type"
            raise status.ApiError(415, "UnsupportedMediaType", message, {})
        options.check_patch(request.query, request.content_type == patching.APPLY)
        force = options.boolean(request.query, "force")
        return _writer(request), await _text(request), force

    async def _delete(self, request: web.Request, target: Target, form: Form) -> web.Response:
        _allow(target, "delete" if target.name else "deletecollection")
        body = await self._optional_body(request, "DeleteOptions")
        wanted = options.delete_options(request.query, body)
        writer = Writer(dry_run=options.is_dry_run(request.query, body))
        kind = target.kind
        if not target.name:
            chosen = ListOptions.parse(request.query)
            return answer(self._delete_many(target, chosen, wanted, writer), form)
        obj = self._registry.delete(
            kind.plural,
            target.namespace,
            target.name,
            grace=wanted.grace,
            propagation=wanted.propagation,
            uid=wanted.uid,
            resource_version=wanted.resource_version,
            writer=writer,
        )
        is_gone = self._registry.store.get(kind.plural, target.namespace, target.name) is None
        if kind.returns_deleted or not (is_gone or writer.dry_run):
            return answer(obj, form)
        return answer(_deleted(target, obj), form)

    def _delete_many(
        self,
        target: Target,
        chosen: ListOptions,
        wanted: options.DeleteOptions,
        writer: Writer,
    ) -> Object:
        kind = target.kind
        found = self._registry.delete_collection(
            kind.plural,
            target.namespace,
            labels=chosen.labels,
            fields=chosen.fields,
            grace=wanted.grace,
            propagation=wanted.propagation,
            writer=writer,
        )
        return {
            "kind": f"{kind.kind}List",
            "apiVersion": kind.api_version,
            "metadata": {"resourceVersion": str(self._registry.store.version)},
            "items": [listing.bare(obj) for obj in found],
        }

    async def _subresource(self, request: web.Request, target: Target, form: Form) -> web.Response:
        subresource = target.subresource
        assert subresource is not None
        match request.method, subresource.name:
            case "GET" | "HEAD", "status":
                obj = self._registry.get(target.kind.plural, target.namespace, target.name)
                return answer(obj, form)
            case "PUT", "status" | "finalize":
                return await self._update(request, target, form)
            case "PATCH", "status":
                return await self._patch(request, target, form)
            case _, "scale":
                return await self._scale(request, target, form)
            case "POST", "binding" | "eviction":
                return await self._pod_action(request, target, form)
            case _:
                raise status.method_unknown()

    async def _scale(self, request: web.Request, target: Target, form: Form) -> web.Response:
        where = (target.kind.plural, target.namespace, target.name)
        if request.method in ("GET", "HEAD"):
            return answer(scale.scale_of(self._registry.get(*where)), form)
        if request.method == "PUT":
            writer = _writer(request)
            body = await self._body(request, "Scale", writer)
            found = self._registry.rescale(*where, body, writer=writer)
        elif request.method == "PATCH":
            writer, patch, _ = await self._patch_of(request)
            found = self._registry.rescale(*where, patch, request.content_type, writer=writer)
        else:
            raise status.method_unknown()
        return answer(found, form, warnings=writer.warnings)

    async def _pod_action(self, request: web.Request, target: Target, form: Form) -> web.Response:
        writer = _writer(request)
        assert target.subresource is not None
        body = await self._body(request, target.subresource.kind, writer)
        if target.subresource.name == "binding":
            self._registry.bind(target.namespace, target.name, body, writer=writer)
        else:
            self._registry.evict(target.namespace, target.name, body, writer=writer)
        return answer(success(), form, 201, writer.warnings)

    async def _body(self, request: web.Request, kind: str, writer: Writer) -> Object:
        body, duplicates = self._read_object(request, await _text(request), kind)
        writer.duplicates += duplicates
        return body

    async def _optional_body(self, request: web.Request, kind: str) -> Object:
        text = await _text(request)
        return self._read_object(request, text, kind)[0] if text else {}

    def _read_object(
        self, request: web.Request, text: bytes, kind: str
    ) -> tuple[Object, list[str]]:
        media_type = request.content_type if "Content-Type" in request.headers else ""
        if media_type != protobuf.MEDIA_TYPE:
            return read_object(text, media_type, kind)
        try:
            return protobuf.read(text, self._registry.schema.types), []
        except protobuf.ProtobufError as error:
            raise status.unsupported_media_type(ACCEPTED, str(error)) from None

    def _written(
        self,
        request: web.Request,
        target: Target,
        form: Form,
        obj: Object,
        writer: Writer,
        code: int,
    ) -> web.Response:
        shaper = Shaper(self._registry.schema, target.kind, form.shape, request.query)
        warnings = [*writer.warnings, *_deprecations(target)]
        return answer(shaper.one(obj), form, code, warnings)


def _allow(target: Target, verb: str) -> None:
    verbs = target.subresource.verbs if target.subresource else target.kind.verbs
    if verb not in verbs:
        raise status.method_unknown()


def _deprecations(target: Target) -> list[str]:
    if target.kind.plural == "endpoints":
        return ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]
    return []


def _writer(request: web.Request) -> Writer:
    kind = _OPTIONS_KINDS[request.method]
    return options.writer(request.query, request.headers.get("User-Agent", ""), kind)


async def _text(request: web.Request) -> bytes:
    if (request.content_length or 0) > LIMIT:
        raise status.too_large(f"limit is {LIMIT}")
    text = await request.content.read(LIMIT + 1)
    while len(text) <= LIMIT and not request.content.at_eof():
        text += await request.content.read(LIMIT + 1 - len(text))
    if len(text) > LIMIT:
        raise status.too_large(f"limit is {LIMIT}")
    return text


def _deleted(target: Target, obj: Object) -> Object:
    """The Status that tells of a deletion which is done."""
    found = status.details(
        target.kind.plural, name_of(obj), target.kind.group, uid=obj["metadata"].get("uid", "")
    )
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": found,
    }
