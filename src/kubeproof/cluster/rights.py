"""What a run may do: the rights it needs, asked for before it acts (reference/access-authn-authz).

``manifests/base/rbac.yaml`` grants exactly these; ``kubectl apply`` takes it as it is.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kubeproof.errors import Misuse

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

AT_ONCE = 8


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource, in every namespace: a run makes its own namespaces."""

    group: str
    resource: str
    verb: str

    def __str__(self) -> str:
        name = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {name}"


def _all(group: str, resource: str, *verbs: str) -> tuple[Right, ...]:
    return tuple(Right(group, resource, verb) for verb in verbs)


_MOST = ("create", "delete", "get", "list", "patch", "update", "watch")
_EVERY = (*_MOST, "deletecollection")

NEEDED: tuple[Right, ...] = (
    *_all("", "namespaces", "create", "delete", "list"),
    *_all("", "nodes", "list"),
    *_all("", "pods", "create", "delete", "get", "list", "patch"),
    *_all("", "pods/proxy", "get"),
    *_all("", "pods/portforward", "create"),
    *_all("", "pods/status", "patch"),
    *_all("", "services", *_EVERY),
    *_all("", "services/status", "patch"),
    *_all("", "services/proxy", "get"),
    *_all("", "serviceaccounts", "get"),
    *_all("", "endpoints", *_MOST),
    *_all("apps", "deployments", "create", "delete", "get", "patch"),
    *_all("discovery.k8s.io", "endpointslices", *_MOST),
    *_all("networking.k8s.io", "ipaddresses", *_MOST),
    *_all("networking.k8s.io", "networkpolicies", "create", "delete"),
    *_all("networking.k8s.io", "servicecidrs", *_MOST),
)

OPTIONAL: tuple[Right, ...] = (
    *_all("apps", "daemonsets", "list"),
    *_all("metallb.io", "ipaddresspools", "list"),
)
"""What tells of a cluster's implementations; a run does without, and knows less."""

OPTIONAL_PATHS: tuple[tuple[str, str], ...] = (("/metrics", "get"),)
"""Paths that are no resource's, and the verb: the same of them."""


def verify(api: "Api") -> None:
    """See that every right is there.

    Raises:
        Misuse: some are missing; the text lists them.
        Rejected: the API server does not take the question.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        granted = list(pool.map(partial(_is_granted, api), NEEDED))
    lacking = [right for right, has in zip(NEEDED, granted, strict=True) if not has]
    if lacking:
        raise Misuse(_complaint(lacking))


def _is_granted(api: "Api", right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    wanted = {"group": right.group, "resource": resource, "verb": right.verb}
    if subresource:
        wanted["subresource"] = subresource
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": {"resourceAttributes": wanted},
    }
    return bool(api.create(review)["status"].get("allowed"))


def _complaint(lacking: Sequence[Right]) -> str:
    listed = ", ".join(map(str, lacking))
    return (
        f"this kubeconfig's user lacks {len(lacking)} of {len(NEEDED)} rights: {listed}; "
        "an administrator can grant them with manifests/base/rbac.yaml (docs/any-cluster.md)"
    )
