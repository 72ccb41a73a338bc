"""What the API knows of its kinds' types, and bodies checked against them."""

from collections.abc import Sequence

from kubeproof.sandbox.api import gotext, status
from kubeproof.sandbox.api.decoding import Decoder, unset
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.scalars import WrongValueError
from kubeproof.sandbox.api.schema_types import FieldType, ObjectType, Types
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

    def field_type(self, resource: ResourceType) -> FieldType:
        """The type of a resource's objects, as the walkers of merges take it."""
        return FieldType("@", self.kind(resource).name)

    def empty(self, resource: ResourceType) -> Object:
        """What Go writes of an object of which nothing is set."""
        return unset(self.types, self.kind(resource)) | {"metadata": {}}

    def decode(self, resource: ResourceType, body: Object, writer: Writer) -> Object:
        """The body as an object of the resource, sharing nothing with it.

        Unknown fields are left out; the writer's field validation says whether they are errors,
        warnings or nothing. Raises ApiError (400), worded as Go's decoder words it.
        """
        self._check_kind(resource, body)
        try:
            obj, strict = self.read(resource, body)
        except WrongValueError as error:
            raise cannot_be_handled(resource, body, str(error)) from None
        strict = [*writer.duplicates, *strict]
        if strict and writer.field_validation == "Strict":
            why = f"strict decoding error: {', '.join(strict)}"
            raise cannot_be_handled(resource, body, why)
        if writer.field_validation == "Warn":
            writer.warnings += strict
        return obj

    def read(self, resource: ResourceType, body: Object) -> tuple[Object, list[str]]:
        """The body as an object of the resource, and what strict decoding says against it.

        Raises WrongValueError.
        """
        decoder = Decoder(self.types)
        obj = decoder.decode(body, self.kind(resource))
        result: Object = {"kind": resource.kind, "apiVersion": resource.api_version}
        result.update(obj)
        result["kind"], result["apiVersion"] = resource.kind, resource.api_version
        result.setdefault("metadata", {})
        return result, _unknown(decoder.unknown)

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
