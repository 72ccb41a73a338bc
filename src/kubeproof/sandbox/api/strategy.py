"""What one kind adds to plain storage: the seam between the registry and the kinds' rules."""

from collections.abc import Callable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.objects import Object


def nothing_to_undo() -> None:
    """The undo of an allocation that took nothing."""


class Strategy:
    """Defaults, validation and allocation of one kind; this base class adds none.

    The registry calls, for a create: default, (admission), prepare_create, validate, allocate,
    warnings; for an update: default, (admission), prepare_update, validate_update, allocate,
    warnings; for an update of the status: default, prepare_status. Objects are the registry's
    own copies and may be changed in place, ``old`` ones may not. Every create, update and patch
    runs through here, also those of controllers.
    """

    has_status = True
    """A /status subresource exists: an update of the object keeps its status, and the reverse."""

    graceful = False
    """Deletion waits for somebody to confirm it (Pods)."""

    def default(self, obj: Object) -> None:
        """Fill in what the client left out; runs for creates and for updates."""

    def prepare_create(self, obj: Object) -> None:
        """Bring a new object into its first state."""

    def validate(self, obj: Object) -> list[FieldError]:
        """What is wrong with a new object."""
        return []

    def prepare_update(self, obj: Object, old: Object) -> None:
        """Carry over from the old object what an update leaves unsaid."""

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with the change."""
        return []

    def prepare_status(self, obj: Object, old: Object) -> None:
        """Complete a new status; everything but the status is the old object's already."""

    def allocate(self, obj: Object, old: Object | None, dry_run: bool) -> Callable[[], None]:
        """Take what the object needs from a shared range and write it into the object.

        Returns what gives it back should the request fail after all. Raises ApiError.
        ``old`` is None for a create. A dry run must take nothing.
        """
        return nothing_to_undo

    def deleted(self, obj: Object) -> None:
        """The object is gone from the store: release what it held."""

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Texts for the answer's Warning headers."""
        return []

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields a field selector may name, beside metadata.name and metadata.namespace."""
        return {}
