"""Deployments, ReplicaSets and DaemonSets. Source: the apps registries of Kubernetes 1.36."""

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import at_least_zero, unchanged
from kubeproof.sandbox.kinds.parts import annotations_of, number, part, text
from kubeproof.sandbox.kinds.pod_template import (
    default_template,
    is_selector_valid,
    template_of,
    validate_match,
    validate_selector,
    validate_template,
    warnings_for_template,
)
from kubeproof.sandbox.kinds.rollout_validation import (
    validate_daemon_strategy,
    validate_deployment_strategy,
)
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.kinds.service_defaults import set_default
from kubeproof.sandbox.objects import Object, meta, name_of

GENERATION = "deprecated.daemonset.template.generation"
"""Annotation that counts the changes of a DaemonSet's template."""


class _Workload(Rules):
    """What the kinds that make Pods have in common."""

    has_status = True

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong at all, and the selector stays."""
        new, before = (part(each, "spec").get("selector") for each in (obj, old))
        return [*self.check(obj), *unchanged("spec.selector", new, before)]

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Names that Pods' host names cannot carry, and what is questionable in the template."""
        wrong = names.dns_label(name_of(obj)) if old is None else []
        about_name = (
            "metadata.name: this is used in Pod names and hostnames, which can result in "
            f"surprising behavior; a DNS label is recommended: [{' '.join(wrong)}]"
        )
        return [*([about_name] if wrong else []), *warnings_for_template(obj, old)]


def _validate_pods(obj: Object) -> list[FieldError]:
    if not is_selector_valid(obj):
        selector = part(obj, "spec").get("selector")
        return [FieldError.invalid("spec.selector", selector, "invalid label selector")]
    return [*validate_match(obj), *validate_template(obj, "ReplicaSet")]


def _not_negative(spec: Object, *fields: str) -> list[FieldError]:
    return [
        error for field in fields for error in at_least_zero(f"spec.{field}", number(spec, field))
    ]


class DeploymentRules(_Workload):
    """The rules of Deployments."""

    def default(self, obj: Object) -> None:
        """One replica, replaced by and by, a quarter at a time."""
        default_template(obj)
        spec: Object = obj["spec"]
        set_default(spec, "replicas", 1)
        strategy: Object = spec.setdefault("strategy", {})
        if not text(strategy, "type"):
            strategy["type"] = "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            rolling: Object = strategy.setdefault("rollingUpdate", {})
            set_default(rolling, "maxUnavailable", "25%")
            set_default(rolling, "maxSurge", "25%")
        set_default(spec, "revisionHistoryLimit", 10)
        set_default(spec, "progressDeadlineSeconds", 600)

    def prepare_create(self, obj: Object) -> None:
        """A new Deployment has no status."""
        obj["status"] = {}

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong beside the metadata."""
        spec = obj["spec"]
        return [
            *_not_negative(spec, "replicas"),
            *validate_selector(obj, "deployment"),
            *_validate_pods(obj),
            *validate_deployment_strategy(part(spec, "strategy"), "spec.strategy"),
            *_not_negative(spec, "minReadySeconds", "revisionHistoryLimit"),
            *_validate_deadline(spec),
        ]


def _validate_deadline(spec: Object) -> list[FieldError]:
    deadline, ready = number(spec, "progressDeadlineSeconds"), number(spec, "minReadySeconds")
    errors = _not_negative(spec, "progressDeadlineSeconds")
    if deadline <= ready:
        detail = "must be greater than minReadySeconds"
        errors.append(FieldError.invalid("spec.progressDeadlineSeconds", deadline, detail))
    return errors


class ReplicaSetRules(_Workload):
    """The rules of ReplicaSets."""

    def default(self, obj: Object) -> None:
        """One replica."""
        default_template(obj)
        set_default(obj["spec"], "replicas", 1)

    def prepare_create(self, obj: Object) -> None:
        """A new ReplicaSet has no Pods."""
        obj["status"] = {"replicas": 0}

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong beside the metadata."""
        return [
            *_not_negative(obj["spec"], "replicas", "minReadySeconds"),
            *validate_selector(obj, "deployment"),  # so says the API server
            *_validate_pods(obj),
        ]

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        return {"status.replicas": str(number(part(obj, "status"), "replicas"))}


class DaemonSetRules(_Workload):
    """The rules of DaemonSets."""

    def default(self, obj: Object) -> None:
        """Replaced node by node."""
        default_template(obj)
        spec: Object = obj["spec"]
        strategy: Object = spec.setdefault("updateStrategy", {})
        if not text(strategy, "type"):
            strategy["type"] = "RollingUpdate"
        if strategy["type"] == "RollingUpdate":
            rolling: Object = strategy.setdefault("rollingUpdate", {})
            set_default(rolling, "maxUnavailable", 1)
            set_default(rolling, "maxSurge", 0)
        set_default(spec, "revisionHistoryLimit", 10)

    def prepare_create(self, obj: Object) -> None:
        """A new DaemonSet has no Pods; its template is of the first generation."""
        _count_template(obj, max(1, _template_generation(obj)))
        counters = (
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
        )
        obj["status"] = dict.fromkeys(counters, 0)

    def prepare_update(self, obj: Object, old: Object) -> None:
        """Count the changes of the template."""
        changed = template_of(obj) != part(part(old, "spec"), "template")
        _count_template(obj, _template_generation(old) + int(changed))

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong beside the metadata."""
        spec = obj["spec"]
        return [
            *_validate_daemon_pods(obj),
            *_not_negative(spec, "minReadySeconds"),
            *validate_daemon_strategy(part(spec, "updateStrategy"), "spec.updateStrategy"),
            *_not_negative(spec, "revisionHistoryLimit"),
        ]

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """The selector stays; that is said before anything else."""
        new, before = (part(each, "spec").get("selector") for each in (obj, old))
        return [*unchanged("spec.selector", new, before), *self.check(obj)]

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """What is questionable in the template."""
        return list(warnings_for_template(obj, old))


def _validate_daemon_pods(obj: Object) -> list[FieldError]:
    """A DaemonSet says in another order what is wrong with its selector; one may be missing."""
    found = [
        error
        for error in validate_selector(obj, "daemonset")
        if error.reason != "FieldValueRequired"
    ]
    empty = [error for error in found if error.message.endswith("for daemonset")]
    malformed = [error for error in found if error not in empty]
    match = list(validate_match(obj)) if is_selector_valid(obj) else []
    return [*malformed, *match, *empty, *validate_template(obj, "DaemonSet")]


def _template_generation(obj: Object) -> int:
    counted = annotations_of(obj).get(GENERATION, "")
    return int(counted) if counted.isdigit() else 0


def _count_template(obj: Object, generation: int) -> None:
    meta(obj)["annotations"] = {**annotations_of(obj), GENERATION: str(generation)}
