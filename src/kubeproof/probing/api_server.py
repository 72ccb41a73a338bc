"""The API server as a Pod meets it: over TLS, known by its certificate.

``curl`` in the Pod trusts the certificate that every Pod is given with its ServiceAccount, and
nothing else, so that nobody but the cluster's API server can answer in that name. Whether it lets
strangers read its version is the cluster's matter: a refusal in its own words is an answer too
(tasks/run-application/access-api-from-pod; reference/access-authn-authz/rbac,
system:public-info-viewer).
"""

import re
import time

from kubeproof.probing import classify
from kubeproof.probing.observation import Observation, Outcome, Sample, Target
from kubeproof.probing.shell import Ended, Shell

OWN_NAME = "kubernetes.default.svc"  # setup/best-practices/certificates: every one of them has it
_AUTHORITY = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
_PATIENCE = 5  # seconds, as long as agnhost's own /dial has

_STATUS = re.compile(r"exit status (\d+)")
_OWN_WORDS = re.compile(r'"gitVersion": ?"(?P<version>[^"]+)"|"kind": ?"Status"')


def asked(shell: Shell, target: Target, tries: int) -> Sample:
    """Ask for the API server's version so many times, over a new connection each.

    Raises:
        CheckBroken: the Pod cannot be asked, or has no curl.
    """
    return Sample(_once(shell, target) for _ in range(tries))


def command(target: Target) -> list[str]:
    """The words that ask at this target, in the name that the certificate has to have."""
    return [
        "curl --silent --show-error",
        f"--max-time {_PATIENCE}",
        f"--cacert {_AUTHORITY}",
        f"--connect-to {OWN_NAME}:{target.port}:{target.host}:{target.port}",
        f"https://{OWN_NAME}:{target.port}/version",
    ]


def _once(shell: Shell, target: Target) -> Observation:
    started = time.monotonic()
    ended = shell.run(*command(target))
    outcome, why = _read(ended)
    return Observation(shell.name, target, outcome, time.monotonic() - started, detail=why)


def _read(ended: Ended) -> tuple[Outcome, str]:
    said = ended.output.strip()
    if failed := _STATUS.fullmatch(ended.error):
        return classify.of_curl_status(int(failed[1])), said[:160]
    own = None if ended.error else _OWN_WORDS.search(said)
    if own is None:
        return Outcome.BROKEN, f"no answer of an API server: {said[:160]!r} {ended.error}".strip()
    return Outcome.SERVED, f"version {own['version']}" if own["version"] else "it wants a token"
