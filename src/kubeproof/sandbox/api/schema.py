"""The types of the served kinds, and bodies checked against them."""

import copy

from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.objects import Object


class Schema:
    """The types of the served kinds."""

    @classmethod
    def load(cls) -> "Schema":
        """Read the extracted schema."""
        return cls()

    def decode(
        self, resource: ResourceType, body: Object, field_validation: str = "Ignore"
    ) -> tuple[Object, list[str]]:
        """A copy of a body, checked against its type."""
        obj = copy.deepcopy(body)
        obj.setdefault("metadata", {})
        return obj, []
