"""Pods: the strategy that ties together defaults, admission, validation and updates."""

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds import pod_admission as admission
from kubeproof.sandbox.kinds.parts import part, text
from kubeproof.sandbox.kinds.pod_defaults import default_pod
from kubeproof.sandbox.kinds.pod_spec_validation import validate_pod_spec
from kubeproof.sandbox.kinds.pod_status import complete_status, first_status, validate_status
from kubeproof.sandbox.kinds.pod_update import validate_images, validate_pod_change
from kubeproof.sandbox.kinds.pod_warnings import warnings_for_pod
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.objects import Object, name_of


class PodRules(Rules):
    """The rules of Pods."""

    has_status = True
    whole_on_update = True
    graceful = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def default(self, obj: Object) -> None:
        """Fill in what the client left out."""
        default_pod(obj)

    def prepare_create(self, obj: Object) -> None:
        """Give the Pod its account, priority, tolerations and first status."""
        admission.admit(obj, self._store)
        obj["status"] = first_status(obj)

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with a new Pod beside its metadata."""
        errors = [
            *validate_pod_spec(obj["spec"], "spec", template=False),
            *validate_images(obj["spec"]),
        ]
        if obj["spec"].get("ephemeralContainers"):
            field = "spec.ephemeralContainers"
            errors.append(FieldError.forbidden(field, "cannot be set on create"))
        if text(obj["spec"], "nodeName") and obj["spec"].get("schedulingGates"):
            detail = "cannot be set until all schedulingGates have been cleared"
            errors.append(FieldError.forbidden("spec.nodeName", detail))
        return errors

    def prepare_update(self, obj: Object, old: Object) -> None:
        """Keep what admission gave the Pod; copy the topology of the node it is bound to."""
        admission.keep_priority(obj, old)
        admission.tolerate(obj)
        admission.copy_topology(obj, self._store)

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """What is wrong with a change beside the metadata."""
        return [
            *validate_pod_spec(obj["spec"], "spec", template=False),
            *validate_images(obj["spec"]),
            *validate_pod_change(obj, old),
        ]

    def prepare_status(self, obj: Object, old: Object) -> None:
        """Complete and check what a kubelet reports. Raises ApiError (422)."""
        complete_status(obj, old)
        errors = validate_status(obj, old)
        if errors:
            raise status.invalid("Pod", name_of(obj), errors)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """What is questionable in a new Pod; updates are hardly ever made by people."""
        return [] if old else warnings_for_pod(obj)

    def selectable(self, obj: Object) -> dict[str, str]:
        """Fields that a field selector may name."""
        spec, state = part(obj, "spec"), part(obj, "status")
        return {
            "spec.nodeName": text(spec, "nodeName"),
            "spec.restartPolicy": text(spec, "restartPolicy"),
            "spec.schedulerName": text(spec, "schedulerName"),
            "spec.serviceAccountName": text(spec, "serviceAccountName"),
            "spec.hostNetwork": "true" if spec.get("hostNetwork") else "false",
            "status.phase": text(state, "phase"),
            "status.podIP": text(state, "podIP"),
            "status.podIPs": "",
            "status.nominatedNodeName": text(state, "nominatedNodeName"),
        }
