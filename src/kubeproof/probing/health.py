"""The health check node port: a node tells whether it has Pods of a Service, and no Pod answers.

What kube-proxy answers, and others after it: status 200 or 503, and a JSON body that names the
Service (pkg/proxy/healthcheck).
"""

from typing import Any

import httpx

from kubeproof.probing.answer import Unanswered
from kubeproof.probing.observation import Outcome

_OUTCOMES = {200: Outcome.HEALTHY, 503: Outcome.UNHEALTHY}


def health_in(answer: httpx.Response, service: str) -> tuple[Outcome, str]:
    """What a node says of a Service, ``namespace/name``: the outcome, and in words.

    Raises:
        Unanswered: it is no health check, or that of another Service.
    """
    said = _said(answer)
    named = said.get("service") or {}
    outcome = _OUTCOMES.get(answer.status_code)
    if outcome is None or f"{named.get('namespace')}/{named.get('name')}" != service:
        told = f"HTTP {answer.status_code}, {answer.text.strip()[:160]!r}"
        raise Unanswered(f"no health check of {service}: {told}")
    return outcome, f"HTTP {answer.status_code}, local endpoints: {said.get('localEndpoints')}"


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said: Any = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) and isinstance(said.get("service"), dict) else {}
