"""The API server said no, or nothing at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kubeproof.cluster.marks import MANAGED_BY
from kubeproof.errors import CheckBroken

_EXEMPT = f"exempt namespaces labelled {MANAGED_BY}=kubeproof"

# What cluster-wide rules of somebody else say when they stand in the way, and what to do then.
# None of them is about Services as such, so that none is an answer to a scenario.
_RULES: Mapping[str, str] = {
    r"exceeded quota": f"raise that quota, or {_EXEMPT} from it",
    r"violates PodSecurity": f"{_EXEMPT} from that level",
    r"admission webhook .* denied|ValidatingAdmissionPolicy|denied the request": (
        f"{_EXEMPT} from that rule, or name an image that it admits with --image"
    ),
    r"cannot \w+ resource": (
        "grant that right with manifests/base/rbac.yaml (docs/any-cluster.md)"
    ),
}
_ANONYMOUS = '"system:anonymous"'  # who brings no credentials, or some that nobody knows
_RENEW = "renew the kubeconfig's credentials, and try them with: kubectl get nodes"


class ApiUnanswered(CheckBroken):
    """Raised when the API server could not be reached, or hung up."""


@dataclass
class Rejected(CheckBroken):
    """Raised when the API server answers a request with an error; carries its Status.

    Where a refusal is not what a scenario asks for, it could not be carried out: a broken check.
    """

    code: int
    reason: str
    message: str

    @property
    def remedy(self) -> str:
        """What somebody can do about a refusal that is not about the request; else empty."""
        if self.unknown_user:
            return _RENEW
        found = (remedy for words, remedy in _RULES.items() if re.search(words, self.message))
        return next(found, "")

    @property
    def unknown_user(self) -> bool:
        """Whether the API server does not know who asks: nothing at all can be done then."""
        return self.code == 401 or _ANONYMOUS in self.message

    @property
    def is_answer(self) -> bool:
        """Whether it says something of the request itself: it is invalid, conflicts, or fails."""
        return self.code in (400, 409, 422, 500) and not self.remedy

    def __str__(self) -> str:
        told = f"{self.message} (HTTP {self.code} {self.reason})"
        return f"{told}; {self.remedy}" if self.remedy else told
