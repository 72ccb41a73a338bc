"""IPAddresses: objects that say an address is taken. Source: networking validation of 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses, names
from kubeproof.sandbox.kinds.metadata import unchanged
from kubeproof.sandbox.kinds.parts import part, text
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.objects import Object

_PARENT = "spec.parentRef"


def _name(value: str) -> list[str]:
    """What is wrong with a name: it is an address, written in the one usual way."""
    wrong = addresses.validate_strictly("name", value)
    return [error.message.partition('": ')[2] for error in wrong]


class IPAddressRules(Rules):
    """The rules of IPAddresses: each is named as its address, and belongs to one object."""

    namespaced = False
    name_rule = staticmethod(_name)

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with the reference to the object that has the address."""
        return list(_validate(part(obj, "spec")))

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Whose address it is stays."""
        new, before = part(obj, "spec").get("parentRef"), part(old, "spec").get("parentRef")
        return [*self.check(obj), *unchanged(_PARENT, new, before)]


def _validate(spec: Object) -> Iterable[FieldError]:
    if spec.get("parentRef") is None:
        yield FieldError.required(_PARENT)
        return
    parent = part(spec, "parentRef")
    if group := text(parent, "group"):
        for wrong in names.dns_subdomain(group):
            yield FieldError.invalid(f"{_PARENT}.group", group, wrong)
    for field in ("resource", "name"):
        if not text(parent, field):
            yield FieldError.required(f"{_PARENT}.{field}")
    for field in ("resource", "name", "namespace"):
        for wrong in _segment(text(parent, field)):
            yield FieldError.invalid(f"{_PARENT}.{field}", text(parent, field), wrong)


def _segment(value: str) -> list[str]:
    """What is wrong with a text that has to be one part of a path."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{one}'" for one in "/%" if one in value]
