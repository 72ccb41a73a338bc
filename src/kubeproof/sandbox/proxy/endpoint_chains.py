"""Chains that choose an endpoint: at random, or the one a client had before."""

from collections.abc import Sequence

from kubeproof.sandbox.proxy import naming
from kubeproof.sandbox.proxy.datatypes import IPV4_ADDR
from kubeproof.sandbox.proxy.endpoints import Endpoint
from kubeproof.sandbox.proxy.model import (
    Chain,
    Field,
    InSet,
    Match,
    NamedSet,
    RandomVerdict,
    Remember,
    Rule,
    Translate,
    Verdict,
    rule,
)
from kubeproof.sandbox.proxy.service_port import ServicePort

_SOURCE = (Field.SOURCE,)


def balanced(port: ServicePort, endpoints: Sequence[Endpoint]) -> Chain:
    """Every new connection to any of the endpoints, each as likely as the others."""
    targets = tuple(endpoint.target for endpoint in endpoints)
    return Chain((_translation(port, Translate(targets)),))


def balanced_with_affinity(port: ServicePort, endpoints: Sequence[Endpoint]) -> Chain:
    """A client's next connection to the endpoint it had, as long as that is remembered."""
    names = [_base(port, endpoint) for endpoint in endpoints]
    to_endpoint = tuple(Verdict("goto", f"endpoint-{name}") for name in names)
    remembered = [
        rule(InSet(_SOURCE, f"affinity-{name}"), verdict)
        for name, verdict in zip(names, to_endpoint, strict=True)
    ]
    return Chain((*remembered, rule(RandomVerdict(to_endpoint))))


def affinity_parts(
    port: ServicePort, endpoints: Sequence[Endpoint], faults: frozenset[str]
) -> tuple[dict[str, Chain], dict[str, NamedSet]]:
    """A chain and a set for each endpoint: who came lately, and where they are sent."""
    chains: dict[str, Chain] = {}
    sets: dict[str, NamedSet] = {}
    timeout = 0 if "affinity-forever" in faults else port.affinity_seconds
    for endpoint in endpoints:
        name = _base(port, endpoint)
        sets[f"affinity-{name}"] = NamedSet((IPV4_ADDR,), dynamic=True, timeout=timeout)
        chains[f"endpoint-{name}"] = Chain(
            (
                rule(Remember(f"affinity-{name}")),
                _translation(port, Translate((endpoint.target,), spread=False)),
            )
        )
    return chains, sets


def _translation(port: ServicePort, translate: Translate) -> Rule:
    return rule(Match(Field.PROTOCOL, port.protocol), translate)


def _base(port: ServicePort, endpoint: Endpoint) -> str:
    target = endpoint.target
    return naming.endpoint_base(
        port.namespace, port.service, port.protocol, port.name, target.address, target.port
    )
