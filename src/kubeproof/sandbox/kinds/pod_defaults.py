"""What the API server fills in where a Pod, or the template of Pods, leaves something out.

Source: the v1 defaulting of Kubernetes 1.36.
"""

from collections.abc import Iterable

from kubeproof.sandbox.kinds import quantity
from kubeproof.sandbox.kinds.parts import pairs, part, parts
from kubeproof.sandbox.kinds.service_defaults import drop_empty, set_default
from kubeproof.sandbox.kinds.volume_defaults import default_volume
from kubeproof.sandbox.objects import Object

_SPEC_OMITTED = (
    "volumes",
    "initContainers",
    "ephemeralContainers",
    "restartPolicy",
    "dnsPolicy",
    "nodeSelector",
    "serviceAccountName",
    "serviceAccount",
    "nodeName",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "imagePullSecrets",
    "hostname",
    "subdomain",
    "schedulerName",
    "tolerations",
    "hostAliases",
    "priorityClassName",
    "readinessGates",
    "topologySpreadConstraints",
    "schedulingGates",
)
_CONTAINER_OMITTED = (
    "command",
    "args",
    "workingDir",
    "ports",
    "envFrom",
    "env",
    "volumeMounts",
    "volumeDevices",
    "stdin",
    "stdinOnce",
    "tty",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "resizePolicy",
)
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_DEFAULTS = (
    ("timeoutSeconds", 1),
    ("periodSeconds", 10),
    ("successThreshold", 1),
    ("failureThreshold", 3),
)


def containers_of(spec: Object) -> list[Object]:
    """Init containers and containers of a Pod's spec."""
    return [*parts(spec, "initContainers"), *parts(spec, "containers")]


def default_pod(pod: Object) -> None:
    """Fill in the defaults of a Pod, in place."""
    spec: Object = pod.setdefault("spec", {})
    default_spec(spec)
    for container in containers_of(spec):
        _default_requests(container)
    set_default(spec, "enableServiceLinks", True)
    if spec.get("hostNetwork"):
        for container in containers_of(spec):
            _default_host_ports(container)
    status: Object = pod.setdefault("status", {})
    set_default(status, "phase", "Pending")


def default_spec(spec: Object) -> None:
    """Fill in what Pods and templates of Pods have in common, in place."""
    drop_empty(spec, _SPEC_OMITTED)
    _align_service_account(spec)
    for field, value in (
        ("restartPolicy", "Always"),
        ("terminationGracePeriodSeconds", 30),
        ("dnsPolicy", "ClusterFirst"),
        ("schedulerName", "default-scheduler"),
    ):
        set_default(spec, field, value)
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    for volume in parts(spec, "volumes"):
        default_volume(volume)
    for container in [*containers_of(spec), *parts(spec, "ephemeralContainers")]:
        _default_container(container)


def _align_service_account(spec: Object) -> None:
    """serviceAccount is the old name of serviceAccountName; both are always shown."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _default_container(container: Object) -> None:
    drop_empty(container, _CONTAINER_OMITTED)
    set_default(container, "imagePullPolicy", _pull_policy(str(container.get("image") or "")))
    set_default(container, "terminationMessagePath", "/dev/termination-log")
    set_default(container, "terminationMessagePolicy", "File")
    if container.get("resources") is None:
        container["resources"] = {}
    _shorten(part(container, "resources"))
    for port in parts(container, "ports"):
        drop_empty(port, ("name", "hostPort", "protocol", "hostIP"))
        set_default(port, "protocol", "TCP")
    for variable in parts(container, "env"):
        drop_empty(variable, ("value",))
        _default_field(part(variable, "valueFrom"))
    _default_handlers(container)


def _default_field(source: Object) -> None:
    if source.get("fieldRef"):
        set_default(source["fieldRef"], "apiVersion", "v1")


def _pull_policy(image: str) -> str:
    """Always for the tag latest, which is also the tag of an image that states none."""
    name, _, digest = image.partition("@")
    _, colon, tag = name.rpartition("/")[2].partition(":")
    is_latest = tag == "latest" if colon else not digest
    return "Always" if is_latest else "IfNotPresent"


def _shorten(resources: Object) -> None:
    for kind in ("limits", "requests"):
        for name, value in pairs(resources, kind).items():
            try:
                resources[kind][name] = quantity.canonical(value)
            except quantity.BadQuantity:
                continue  # decoding has a better word for it than a default could have


def _default_handlers(container: Object) -> None:
    for field in _PROBES:
        if container.get(field):
            _default_probe(container[field])
    for moment in ("postStart", "preStop"):
        _default_http(part(part(container, "lifecycle"), moment))


def _default_probe(probe: Object) -> None:
    drop_empty(probe, ("initialDelaySeconds", *(field for field, _ in _PROBE_DEFAULTS)))
    for field, value in _PROBE_DEFAULTS:
        set_default(probe, field, value)
    _default_http(probe)
    if probe.get("grpc"):
        set_default(probe["grpc"], "service", "")


def _default_http(handler: Object) -> None:
    request: Object | None = handler.get("httpGet")
    if request:
        drop_empty(request, ("path", "scheme", "host", "httpHeaders"))
        set_default(request, "path", "/")
        set_default(request, "scheme", "HTTP")


def _default_requests(container: Object) -> None:
    """What a container is limited to it also requests, unless it says otherwise."""
    resources: Object = container["resources"]
    limits = part(resources, "limits")
    if limits:
        resources["requests"] = {**limits, **part(resources, "requests")}


def _default_host_ports(container: Object) -> None:
    for port in parts(container, "ports"):
        if not port.get("hostPort") and port.get("containerPort"):
            port["hostPort"] = port["containerPort"]


def names_of(containers: Iterable[Object]) -> set[str]:
    """The names of containers."""
    return {str(container.get("name") or "") for container in containers}
