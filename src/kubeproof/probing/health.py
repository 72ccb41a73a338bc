"""The health check node port: a node tells whether it has Pods of a Service, and no Pod answers.

What kube-proxy answers, and others after it: status 200 or 503, and a JSON body that names the
Service (pkg/proxy/healthcheck).
"""

from typing import Any, TypeAlias, cast

import httpx

from kubeproof.probing.answer import Unanswered
from kubeproof.probing.observation import Outcome

Object: TypeAlias = dict[str, Any]

_OUTCOMES = {200: Outcome.HEALTHY, 503: Outcome.UNHEALTHY}


def health_in(answer: httpx.Response, service: str) -> tuple[Outcome, str]:
    """What a node says of a Service, ``namespace/name``: the outcome, and in words.

    Raises:
        Unanswered: it is no health check, or that of another Service.
    """
    said = _said(answer)
    outcome = _OUTCOMES.get(answer.status_code)
    if outcome is None or _named(said) != service:
        told = f"HTTP {answer.status_code}, {answer.text.strip()[:160]!r}"
        raise Unanswered(f"no health check of {service}: {told}")
    return outcome, f"HTTP {answer.status_code}, local endpoints: {said.get('localEndpoints')}"


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
