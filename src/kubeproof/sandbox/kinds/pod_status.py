"""The status of a Pod: what it starts with, and what an update of it may not do.

Source: the Pod registry and core validation of Kubernetes 1.36.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds.metadata import unchanged
from kubeproof.sandbox.kinds.parts import number, part, parts, text
from kubeproof.sandbox.kinds.pod_defaults import containers_of
from kubeproof.sandbox.kinds.resource_validation import quality_of_service
from kubeproof.sandbox.objects import Object


def first_status(pod: Object) -> Object:
    """Pending, with the quality of service that the requests amount to."""
    spec = pod["spec"]
    status: Object = {
        "phase": "Pending",
        "qosClass": quality_of_service(containers_of(spec)),
    }
    if parts(spec, "schedulingGates"):
        status["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "lastProbeTime": None,
                "lastTransitionTime": None,
                "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
            }
        ]
    return status


def complete_status(pod: Object, old: Object) -> None:
    """Keep what a reporter leaves out but may not take away, in place."""
    status, before = pod.setdefault("status", {}), part(old, "status")
    for field in ("qosClass", "observedGeneration"):
        if not status.get(field) and before.get(field):
            status[field] = before[field]
    known = {text(each, "type"): number(each, "observedGeneration") for each in _conditions(before)}
    for condition in _conditions(status):
        generation = known.get(text(condition, "type"), 0)
        if not number(condition, "observedGeneration") and generation:
            condition["observedGeneration"] = generation


def _conditions(status: Object) -> list[Object]:
    return parts(status, "conditions")


def validate_status(pod: Object, old: Object) -> list[FieldError]:
    """What is wrong with a new status."""
    status, before = part(pod, "status"), part(old, "status")
    errors = unchanged("status.qosClass", status.get("qosClass"), before.get("qosClass"))
    if text(old["spec"], "restartPolicy") != "Always":
        errors += _validate_transitions(status, before, text(old["spec"], "restartPolicy"))
    return errors


def _validate_transitions(status: Object, before: Object, policy: str) -> Iterable[FieldError]:
    """What has ended, and is not to be restarted, stays ended."""
    now = {text(each, "name"): each for each in parts(status, "containerStatuses")}
    for index, old in enumerate(parts(before, "containerStatuses")):
        ended, new = _ended(old), now.get(text(old, "name"))
        if not ended or new is None or _ended(new):
            continue
        if number(ended, "exitCode") and policy == "OnFailure":
            continue
        field = f"status.containerStatuses[{index}].state"
        yield FieldError.forbidden(field, "may not be transitioned to non-terminated state")


def _ended(status: Object) -> Object:
    return part(part(status, "state"), "terminated")
