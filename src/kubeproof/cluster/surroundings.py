"""What Pods are told of the cluster when they start: environment variables, resolv.conf."""

from collections.abc import Mapping

from kubeproof.errors import PromiseBroken
from kubeproof.model import Service
from kubeproof.probing.lookup import resolv_conf
from kubeproof.probing.shell import Shell


def environment(shell: Shell) -> Mapping[str, str]:
    """The environment variables of a Pod's program."""
    lines = (line.partition("=") for line in shell.read("env").splitlines())
    return {name: value for name, _, value in lines}


def variables_of(service: Service) -> Mapping[str, str]:
    """The variables that tell of a Service with one port (service/#environment-variables)."""
    name = _stem(service)
    host, port, protocol = service.cluster_ip, str(service.port.port), service.port.protocol
    link = f"{name}_PORT_{port}_{protocol}"
    url = f"{protocol.lower()}://{host}:{port}"
    return {
        f"{name}_SERVICE_HOST": host,
        f"{name}_SERVICE_PORT": port,
        f"{name}_PORT": url,
        link: url,
        f"{link}_PROTO": protocol.lower(),
        f"{link}_PORT": port,
        f"{link}_ADDR": host,
    }


def _stem(service: Service) -> str:
    return service.name.upper().replace("-", "_")


def tells_of(shell: Shell, service: Service) -> None:
    """The Pod's environment has every variable of the Service.

    Raises:
        PromiseBroken: one is missing or says something else.
    """
    there = environment(shell)
    wrong = {
        name: there.get(name, "nothing")
        for name, value in variables_of(service).items()
        if there.get(name) != value
    }
    if wrong:
        wish = f"the environment of {shell.name} tells of Service {service.name}"
        raise PromiseBroken(f"{wish}; seen: {wrong}")


def does_not_tell_of(shell: Shell, service: Service) -> None:
    """The Pod's environment has no variable of the Service, and those of the API server's.

    Raises:
        PromiseBroken: it has one, or it has not even the API server's.
    """
    there = environment(shell)
    own = (f"{_stem(service)}_SERVICE_", f"{_stem(service)}_PORT")
    seen = sorted(name for name in there if name.startswith(own))
    wish = f"the environment of {shell.name} does not tell of Service {service.name}"
    if seen:
        raise PromiseBroken(f"{wish}; seen: {', '.join(seen)}")
    if "KUBERNETES_SERVICE_HOST" not in there:
        raise PromiseBroken(f"{wish}, but of the API server's; seen: {', '.join(sorted(there))}")


def resolver_says(shell: Shell, line: str, only: bool) -> None:
    """The lines of resolv.conf with this keyword begin with these words, or have no others.

    Servers and search domains are tried in their order; options have none (resolv.conf(5)).

    Raises:
        PromiseBroken: they do not.
    """
    keyword, *words = line.split()
    said = [word for first, *rest in resolv_conf(shell) if first == keyword for word in rest]
    if keyword == "options":
        holds = sorted(said) == sorted(words) if only else set(words) <= set(said)
    else:
        holds = (said if only else said[: len(words)]) == words
    if not holds:
        wish = f"the resolv.conf of {shell.name} says {'only ' if only else ''}{line!r}"
        raise PromiseBroken(f"{wish}; seen: {keyword} {' '.join(said)}".rstrip())
