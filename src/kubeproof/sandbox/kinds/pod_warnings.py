"""What the API server says about a Pod that it accepts all the same (1.36's warnings).

Only those about fields which the sandbox looks at.
"""

from collections.abc import Iterable, Iterator

from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.parts import number, parts, text
from kubeproof.sandbox.objects import Object, name_of


def warnings_for_pod(pod: Object) -> list[str]:
    """The texts of the Warning headers for a new Pod."""
    wrong = names.dns_label(name_of(pod))
    about_name = [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising "
        f"behavior; a DNS label is recommended: [{' '.join(wrong)}]"
    ]
    return [*(about_name if wrong else []), *warnings_for_spec(pod["spec"], "spec")]


def warnings_for_spec(spec: Object, field: str) -> Iterable[str]:
    """The texts about a Pod's spec, or about that of a template."""
    yield from _about_duplicates(spec, field, "hostAliases", "ip")
    yield from _about_duplicates(spec, field, "imagePullSecrets", "name")
    for where, container in _containers(spec, field):
        yield from _about_environment(container, where)
    yield from _about_ports(spec, field)
    yield from _about_port_names(spec, field)
    if number(spec, "terminationGracePeriodSeconds") < 0:
        yield (
            f"{field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid "
            "and will be treated as 1"
        )


def _containers(spec: Object, field: str) -> Iterator[tuple[str, Object]]:
    for name in ("initContainers", "containers"):
        for index, container in enumerate(parts(spec, name)):
            yield f"{field}.{name}[{index}]", container


def _about_duplicates(spec: Object, field: str, name: str, key: str) -> Iterable[str]:
    seen: set[str] = set()
    for index, item in enumerate(parts(spec, name)):
        value = text(item, key)
        if value in seen:
            yield f'{field}.{name}[{index}].{key}: duplicate {key} "{value}"'
        seen.add(value)


def _about_environment(container: Object, field: str) -> Iterable[str]:
    """A second definition may refer to the first as ``$(NAME)``; otherwise it hides it."""
    seen: set[str] = set()
    for index, variable in enumerate(parts(container, "env")):
        name = text(variable, "name")
        if name in seen and f"$({name})" not in text(variable, "value"):
            yield (
                f'{field}.env[{index}]: hides previous definition of "{name}", '
                "which may be dropped when using apply"
            )
        seen.add(name)


def _about_ports(spec: Object, field: str) -> Iterable[str]:
    seen: dict[tuple[int, str], list[tuple[str, Object]]] = {}
    for where, container in _containers(spec, field):
        for index, port in enumerate(parts(container, "ports")):
            at = f"{where}.ports[{index}]"
            if text(port, "hostIP") and not number(port, "hostPort"):
                yield f"{at}: hostIP set without hostPort: {_as_go_struct(port)}"
            others = seen.setdefault((number(port, "containerPort"), text(port, "protocol")), [])
            for other_at, other in others:
                relation = _relation(port, other)
                if relation:
                    yield f"{at}: {relation} port definition with {other_at}"
            others.append((at, port))


def _as_go_struct(port: Object) -> str:
    return (
        f"{{Name:{text(port, 'name')} HostPort:0 ContainerPort:{number(port, 'containerPort')} "
        f"Protocol:{text(port, 'protocol')} HostIP:{text(port, 'hostIP')}}}"
    )


def _relation(port: Object, other: Object) -> str:
    """How two definitions of one container port stand to each other; empty where they are fine."""
    address, host = text(port, "hostIP"), number(port, "hostPort")
    other_address, other_host = text(other, "hostIP"), number(other, "hostPort")
    if (address, host) == (other_address, other_host):
        return "duplicate"
    if not host or not other_host:
        return "overlapping"
    if host == other_host and bool(address) != bool(other_address):
        return "dangerously ambiguous"
    return ""


def _about_port_names(spec: Object, field: str) -> Iterable[str]:
    seen: dict[str, str] = {}
    for where, container in _containers(spec, field):
        for index, port in enumerate(parts(container, "ports")):
            at, name = f"{where}.ports[{index}]", text(port, "name")
            if name in seen:
                yield (
                    f'{at}: duplicate port name "{name}" with {seen[name]}, '
                    f"services and probes that select ports by name will use {seen[name]}"
                )
            elif name:
                seen[name] = at
