"""Templates of Pods, in the kinds that make Pods. Source: apps and core validation of 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds.label_selectors import is_empty, selects, validate_label_selector
from kubeproof.sandbox.kinds.metadata import validate_annotations, validate_labels
from kubeproof.sandbox.kinds.parts import pairs, part, parts, text
from kubeproof.sandbox.kinds.pod_defaults import default_spec
from kubeproof.sandbox.kinds.pod_spec_validation import validate_pod_spec
from kubeproof.sandbox.kinds.pod_warnings import warnings_for_spec
from kubeproof.sandbox.objects import Object

FIELD = "spec.template"


def template_of(obj: Object) -> Object:
    """The template; created empty where it is missing."""
    template: Object = obj.setdefault("spec", {}).setdefault("template", {})
    template.setdefault("metadata", {})
    template.setdefault("spec", {})
    return template


def default_template(obj: Object) -> None:
    """Fill in what the template leaves out, in place."""
    default_spec(template_of(obj)["spec"])


def validate_selector(obj: Object, kind: str) -> Iterable[FieldError]:
    """A selector must be there, well formed, and choose something; ``kind`` is in the message."""
    spec = part(obj, "spec")
    selector: Object | None = spec.get("selector")
    if selector is None:
        yield FieldError.required("spec.selector")
        return
    wrong = validate_label_selector(selector, "spec.selector")
    yield from wrong
    if is_empty(selector):
        detail = f"empty selector is invalid for {kind}"
        yield FieldError.invalid("spec.selector", selector, detail)


def validate_match(obj: Object) -> Iterable[FieldError]:
    """The selector must choose the Pods that the template makes."""
    template = template_of(obj)
    selector: Object | None = part(obj, "spec").get("selector")
    if selector is not None and (is_empty(selector) or selects(selector, template)):
        return
    labels = template["metadata"].get("labels")
    detail = "`selector` does not match template `labels`"
    yield FieldError.invalid(f"{FIELD}.metadata.labels", labels, detail)


def is_selector_valid(obj: Object) -> bool:
    """Whether the selector can be compared with labels at all; a missing one can."""
    return not validate_label_selector(part(part(obj, "spec"), "selector"), "spec.selector")


def validate_template(obj: Object, kind: str) -> Iterable[FieldError]:
    """The template's metadata and spec; ``kind`` is in the messages."""
    template = template_of(obj)
    metadata, spec = template["metadata"], template["spec"]
    yield from validate_labels(pairs(metadata, "labels"), f"{FIELD}.labels")
    yield from validate_annotations(pairs(metadata, "annotations"), f"{FIELD}.annotations")
    yield from validate_pod_spec(spec, f"{FIELD}.spec", template=True)
    if parts(spec, "ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        yield FieldError.forbidden(f"{FIELD}.spec.ephemeralContainers", detail)
    policy = text(spec, "restartPolicy")
    if policy != "Always":
        yield FieldError.not_supported(f"{FIELD}.spec.restartPolicy", policy, ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        yield FieldError.forbidden(f"{FIELD}.spec.activeDeadlineSeconds", detail)


def warnings_for_template(obj: Object, old: Object | None) -> Iterable[str]:
    """What is questionable in a new or changed template."""
    if old is None or template_of(obj) != part(part(old, "spec"), "template"):
        yield from warnings_for_spec(template_of(obj)["spec"], f"{FIELD}.spec")
