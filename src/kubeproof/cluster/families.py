"""Which IP families a cluster gives Services addresses of."""

from typing import TYPE_CHECKING

from kubeproof.capability import Finding
from kubeproof.cluster.api_kinds import NETWORKING, readable
from kubeproof.cluster.rejected import Rejected
from kubeproof.model import Object

if TYPE_CHECKING:  # the client is slow to import, and needed only once a cluster is
    from kubeproof.cluster.api import Api

FAMILIES = ("IPv4", "IPv6")


def family_of(address: str) -> str:
    """The family of an address or a range."""
    return "IPv6" if ":" in address else "IPv4"


def family_findings(api: "Api") -> dict[str, Finding]:
    """Whether Services can have addresses of IPv6, and of both families."""
    ranges = service_ranges(api)
    if ranges:
        found, how = (
            {family_of(one) for one in ranges},
            f"the Service ranges are {', '.join(ranges)}",
        )
    else:
        found = {family for family in FAMILIES if _takes(api, family)}
        how = f"the API server takes Services of {' and '.join(sorted(found)) or 'no family'}"
    return {
        "ipv6": Finding("IPv6" in found, how),
        "dual-stack": Finding(found == set(FAMILIES), how),
        "single-stack": Finding(len(found) == 1, how),
    }


def service_ranges(api: "Api") -> list[str]:
    """The ranges of the ServiceCIDR objects (v1.33 and later); none where they cannot be read."""
    objects = readable(api, "ServiceCIDR", NETWORKING) or []
    return [str(cidr) for obj in objects for cidr in obj["spec"]["cidrs"]]


def _takes(api: "Api", family: str) -> bool:
    """Whether the API server would create a Service of that family; it is asked in a dry run."""
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"generateName": "kubeproof-", "namespace": "default"},
        "spec": {"ipFamilies": [family], "ports": [{"port": 80}]},
    }
    try:
        api.create(service, dry_run=True)
    except Rejected:
        return False
    return True
