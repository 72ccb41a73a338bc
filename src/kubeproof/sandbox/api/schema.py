"""What the API knows of its kinds' types, and bodies checked against them."""

from collections.abc import Sequence

from kubeproof.sandbox.api import gotext, status
from kubeproof.sandbox.api.decoding import Decoder
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.scalars import WrongValueError
from kubeproof.sandbox.api.types import ObjectType, Types
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object

_SCHEME = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'


class Schema:
    """The types of the served kinds. Loading it costs about a millisecond."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self._kinds: dict[str, ObjectType] = {}

    @classmethod
    def load(cls) -> "Schema":
        """Read the schema that is part of the package."""
        return cls(Types())

    def kind(self, resource: ResourceType) -> ObjectType:
        """The type of a resource's objects."""
        found = self._kinds.get(resource.plural)
        if found is None:
            group = resource.group.partition(".")[0] or "core"
            found = self._kinds[resource.plural] = self.types[f"{group}.{resource.kind}"]
        return found

    def decode(self, resource: ResourceType, body: Object, writer: Writer) -> Object:
        """The body as an object of the resource, sharing nothing with it.

        Unknown fields are left out; the writer's field validation says whether they are errors,
        warnings or nothing. Raises ApiError (400), worded as Go's decoder words it.
        """
        self._check_kind(resource, body)
        decoder = Decoder(self.types)
        try:
            obj = decoder.decode(body, self.kind(resource))
        except WrongValueError as error:
            raise cannot_be_handled(resource, body, str(error)) from None
        self._strict(resource, body, writer, [*writer.duplicates, *_unknown(decoder.unknown)])
        result: Object = {"kind": resource.kind, "apiVersion": resource.api_version}
        result.update(obj)
        result["kind"], result["apiVersion"] = resource.kind, resource.api_version
        result.setdefault("metadata", {})
        return result

    def _strict(
        self, resource: ResourceType, body: Object, writer: Writer, errors: Sequence[str]
    ) -> None:
        if not errors or writer.field_validation == "Ignore":
            return
        if writer.field_validation == "Strict":
            why = f"strict decoding error: {', '.join(errors)}"
            raise cannot_be_handled(resource, body, why)
        writer.warnings += errors

    def _check_kind(self, resource: ResourceType, body: Object) -> None:
        """Refuse a body which says that it is of another kind."""
        kind = body.get("kind") or resource.kind
        version = body.get("apiVersion") or resource.api_version
        if (kind, version) == (resource.kind, resource.api_version):
            return
        if any(self.types[name].kind == _split(version, kind) for name in self.types.names):
            package = resource.group.partition(".")[0] or "core"
            why = (
                f"converting ({version.rpartition('/')[2]}.{kind}) to "
                f"({package}.{resource.kind}): unknown conversion"
            )
        else:
            why = f"no kind {gotext.quote(kind)} is registered for version "
            why += f"{gotext.quote(version)} {_SCHEME}"
        raise cannot_be_handled(resource, body, why)


def cannot_be_handled(resource: ResourceType, body: Object, why: str) -> status.ApiError:
    """400: a body that does not make an object of the resource."""
    kind = body.get("kind") or resource.kind
    version = str(body.get("apiVersion") or resource.version).rpartition("/")[2]
    return status.bad_request(
        f"{kind} in version {gotext.quote(version)} cannot be handled as a {resource.kind}: {why}"
    )


def _split(api_version: str, kind: str) -> tuple[str, str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version, kind


def _unknown(fields: Sequence[str]) -> list[str]:
    return [f"unknown field {gotext.quote(field)}" for field in fields]
