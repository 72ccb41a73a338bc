"""Other shapes of objects and lists: Tables, which kubectl prints, and metadata alone.

Source: "Receiving resources as Tables" and "Metadata-only fetches" in the Kubernetes API
concepts.
"""

from collections.abc import Mapping

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.cells import cells
from kubeproof.sandbox.api.columns import COLUMNS, OTHERS, Column
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.listing import bare
from kubeproof.sandbox.api.pod_cells import row_conditions
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.schema import Schema
from kubeproof.sandbox.objects import Object

TABLE = "Table"
METADATA = "PartialObjectMetadata"
METADATA_LIST = "PartialObjectMetadataList"
SHAPES = (TABLE, METADATA, METADATA_LIST)
_GROUP = {"apiVersion": "meta.k8s.io/v1"}


class Shaper:
    """Brings one resource's objects and lists into the shape a client asked for."""

    def __init__(
        self, schema: Schema, kind: ResourceType, shape: str, query: Mapping[str, str]
    ) -> None:
        self._schema = schema
        self._kind = kind
        self._shape = shape
        self._include = query.get("includeObject") or "Metadata"
        if shape == TABLE and self._include not in ("Metadata", "Object", "None"):
            detail = "must be 'Metadata', 'Object', 'None', or empty"
            error = FieldError.invalid("includeObject", self._include, detail)
            raise status.invalid("TableOptions", "", [error], "meta.k8s.io")

    def one(self, obj: Object) -> Object:
        """A single object."""
        if self._shape == TABLE:
            version = obj["metadata"].get("resourceVersion", "")
            return self._table([obj], {"resourceVersion": version})
        if self._shape == METADATA:
            return _metadata(obj)
        return obj

    def event(self, obj: Object) -> Object:
        """The object of a watch event."""
        return self.one(obj)

    def many(self, page: Object) -> Object:
        """A list."""
        if self._shape == TABLE:
            return self._table(page["items"], page["metadata"])
        if self._shape == METADATA_LIST:
            found = [_metadata(obj) for obj in page["items"]]
            return {"kind": METADATA_LIST, **_GROUP, "metadata": page["metadata"], "items": found}
        return {**page, "items": [bare(obj) for obj in page["items"]]}

    def _table(self, objects: list[Object], metadata: Object) -> Object:
        columns = COLUMNS.get(self._kind.plural, OTHERS)
        return {
            "kind": TABLE,
            **_GROUP,
            "metadata": metadata,
            "columnDefinitions": [self._column(column) for column in columns],
            "rows": [self._row(obj) for obj in objects],
        }

    def _column(self, column: Column) -> Object:
        return {
            "name": column.title,
            "type": column.type,
            "format": column.format,
            "description": self._description(column.source),
            "priority": column.priority,
        }

    def _description(self, source: str) -> str:
        type_name, _, field = source.rpartition(".")
        texts = self._schema.types.descriptions.get(type_name)
        return texts.get(field, "") if texts is not None else source

    def _row(self, obj: Object) -> Object:
        row: Object = {"cells": cells(self._kind.plural, obj)}
        conditions = row_conditions(obj) if self._kind.plural == "pods" else []
        if conditions:
            row["conditions"] = conditions
        row["object"] = self._included(obj)
        return row

    def _included(self, obj: Object) -> Object | None:
        if self._include == "None":
            return None
        return obj if self._include == "Object" else _metadata(obj)


def _metadata(obj: Object) -> Object:
    return {"kind": METADATA, **_GROUP, "metadata": obj["metadata"]}
