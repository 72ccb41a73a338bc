"""What a node says of itself to load balancers: no Pod answers there.

At a health check node port it tells whether it has Pods of a Service. At kube-proxy's own port it
tells whether it is fit for any traffic, which it is not when it is about to be removed (KEP-3836).
What kube-proxy answers, and others after it: status 200 or 503, and a JSON body that names the
Service, or says whether the node is eligible (pkg/proxy/healthcheck).
"""

from typing import Any, TypeAlias, cast

import httpx

from kubeproof.probing.answer import Unanswered
from kubeproof.probing.observation import Outcome

Object: TypeAlias = dict[str, Any]

NODE_PORT = 10256  # kube-proxy's --healthz-bind-address, unless it was told another
WHOLE_NODE = "the node itself"

_OUTCOMES = {200: Outcome.HEALTHY, 503: Outcome.UNHEALTHY}


def health_in(answer: httpx.Response, service: str) -> tuple[Outcome, str]:
    """What a node says of a Service, ``namespace/name``, or of itself: the outcome, and in words.

    Raises:
        Unanswered: it is no health check, or that of another Service.
    """
    said = _said(answer)
    if service == WHOLE_NODE:
        return _of_node(answer, said)
    outcome = _OUTCOMES.get(answer.status_code)
    if outcome is None or _named(said) != service:
        told = f"HTTP {answer.status_code}, {answer.text.strip()[:160]!r}"
        raise Unanswered(f"no health check of {service}: {told}")
    return outcome, f"HTTP {answer.status_code}, local endpoints: {said.get('localEndpoints')}"


def _of_node(answer: httpx.Response, said: Object) -> tuple[Outcome, str]:
    """A proxy that is behind with its work is unhealthy too, and yet its node is eligible."""
    eligible, outcome = said.get("nodeEligible"), _OUTCOMES.get(answer.status_code)
    if outcome is None or eligible is not (outcome is Outcome.HEALTHY):
        told = f"HTTP {answer.status_code}, {answer.text.strip()[:160]!r}"
        raise Unanswered(f"no word on whether the node is eligible: {told}")
    return outcome, f"HTTP {answer.status_code}, nodeEligible: {str(eligible).lower()}"


def _named(said: Object) -> str:
    named: object = said.get("service")
    one = cast(Object, named) if isinstance(named, dict) else {}
    return f"{one.get('namespace')}/{one.get('name')}"


def _said(answer: httpx.Response) -> Object:
    try:
        said: object = answer.json()
    except ValueError:
        return {}
    return cast(Object, said) if isinstance(said, dict) else {}
