"""What the kinds' strategies share: checks of the metadata around checks of their own."""

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.kinds import metadata, names
from kubeproof.sandbox.kinds.names import NameRule
from kubeproof.sandbox.objects import Object


class Rules(Strategy):
    """A strategy that validates metadata first, then what the kind says in ``check``.

    A kind's subclass sets ``name_rule`` and ``namespaced`` and overrides ``check`` and
    ``check_update``; both see the whole object.
    """

    namespaced = True
    whole_on_update = False
    """An update is also checked as if it were a new object (so the kind's validation is built)."""
    has_status = False
    name_rule: NameRule = staticmethod(names.dns_subdomain)

    def validate(self, obj: Object) -> list[FieldError]:
        """What is wrong with a new object: its metadata, then the rest."""
        rule = type(self).name_rule
        errors = metadata.validate(obj, namespaced=self.namespaced, rule=rule)
        return [*errors, *self.check(obj)]

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change: its metadata, then the rest."""
        rule = type(self).name_rule
        whole = (
            metadata.validate(obj, namespaced=self.namespaced, rule=rule)
            if self.whole_on_update
            else []
        )
        return [*metadata.validate_update(obj, old), *whole, *self.check_update(obj, old)]

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with a new object beside its metadata."""
        return []

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change beside the metadata; by default what is wrong at all."""
        return self.check(obj)
