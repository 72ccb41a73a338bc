"""What is wrong with probes and lifecycle handlers. Source: core validation of 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import at_least_zero, complaints
from kubeproof.sandbox.kinds.parts import number, part, parts, text, texts
from kubeproof.sandbox.objects import Object

_NUMBERS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def validate_probes(container: Object, field: str, grace: int | None) -> Iterable[FieldError]:
    """The three probes of a container; ``grace`` is the Pod's grace period in seconds."""
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe: Object | None = container.get(name)
        if probe is None:
            continue
        where = f"{field}.{name}"
        yield from _validate_probe(probe, where, grace)
        period = probe.get("terminationGracePeriodSeconds")
        if name == "readinessProbe":
            if period is not None:
                detail = "must not be set for readinessProbes"
                yield FieldError.invalid(f"{where}.terminationGracePeriodSeconds", period, detail)
        elif number(probe, "successThreshold") != 1:
            value = number(probe, "successThreshold")
            yield FieldError.invalid(f"{where}.successThreshold", value, "must be 1")


def _validate_probe(probe: Object, field: str, grace: int | None) -> Iterable[FieldError]:
    yield from validate_handler(probe, field, grace)
    for name in _NUMBERS:
        yield from at_least_zero(f"{field}.{name}", number(probe, name))
    period = probe.get("terminationGracePeriodSeconds")
    if period is not None and period <= 0:
        where = f"{field}.terminationGracePeriodSeconds"
        yield FieldError.invalid(where, period, "must be greater than 0")


def validate_lifecycle(lifecycle: Object, field: str, grace: int | None) -> Iterable[FieldError]:
    """postStart and preStop."""
    for name in ("postStart", "preStop"):
        if lifecycle.get(name) is not None:
            yield from validate_handler(lifecycle[name], f"{field}.{name}", grace)


def validate_handler(handler: Object, field: str, grace: int | None) -> Iterable[FieldError]:
    """Exactly one way to act: exec, httpGet, tcpSocket, grpc or sleep."""
    given = [name for name in _HANDLERS if handler.get(name) is not None]
    for name in given[1:]:
        yield FieldError.forbidden(f"{field}.{name}", "may not specify more than 1 handler type")
    if not given:
        yield FieldError.required(field, "must specify a handler type")
        return
    action, where = part(handler, given[0]), f"{field}.{given[0]}"
    if given[0] == "exec" and not texts(action, "command"):
        yield FieldError.required(f"{where}.command")
    if given[0] == "httpGet":
        yield from _validate_http(action, where)
    if given[0] in ("tcpSocket", "grpc"):
        yield from _validate_port(action, where)
    if given[0] == "sleep":
        yield from _validate_sleep(action, where, grace)


def _validate_port(action: Object, field: str) -> Iterable[FieldError]:
    port = action.get("port", 0)
    for complaint in names.port_number_or_name(port):
        yield FieldError.invalid(f"{field}.port", port, complaint)


def _validate_http(action: Object, field: str) -> Iterable[FieldError]:
    if not text(action, "path"):
        yield FieldError.required(f"{field}.path")
    yield from _validate_port(action, field)
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        scheme = text(action, "scheme")
        yield FieldError.not_supported(f"{field}.scheme", scheme, ("HTTP", "HTTPS"))
    for header in parts(action, "httpHeaders"):
        yield from complaints(f"{field}.httpHeaders", text(header, "name"), names.header_name)


def _validate_sleep(action: Object, field: str, grace: int | None) -> Iterable[FieldError]:
    seconds = number(action, "seconds")
    if grace is not None and not 0 <= seconds <= grace:
        detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        yield FieldError.invalid(field, seconds, detail)
