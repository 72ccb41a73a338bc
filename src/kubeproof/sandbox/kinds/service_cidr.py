"""ServiceCIDRs: the ranges that ClusterIPs come from. Source: networking validation of 1.36.

(KEP-1880; tasks/network/extend-service-ip-ranges)
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.kinds import addresses, cidrs
from kubeproof.sandbox.kinds.metadata import unchanged
from kubeproof.sandbox.kinds.parts import part, parts, texts
from kubeproof.sandbox.kinds.rules import Rules
from kubeproof.sandbox.objects import Object, meta, now

NAME = "kubernetes"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
RESOURCE = "servicecidrs"
_CIDRS = "spec.cidrs"


class ServiceCIDRRules(Rules):
    """The rules of ServiceCIDRs: one block or one of each family, which then stays."""

    namespaced = False
    has_status = True

    def prepare_create(self, obj: Object) -> None:
        """The status is the controller's to write."""
        obj.pop("status", None)

    def check(self, obj: Object) -> list[FieldError]:
        """What is wrong with the blocks."""
        return list(_validate(_cidrs_of(obj)))

    def check_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Blocks stay as they are; a second one, of the other family, may come."""
        new, before = _cidrs_of(obj), _cidrs_of(old)
        if len(before) == 1 and len(new) == 2:
            return [*unchanged(f"{_CIDRS}[0]", new[0], before[0]), *_validate(new)]
        if len(before) != len(new):
            return unchanged(_CIDRS, new, before)
        return [
            error
            for index, (cidr, was) in enumerate(zip(new, before, strict=True))
            for error in unchanged(f"{_CIDRS}[{index}]", cidr, was)
        ]


def announce(blocks: Sequence[str], store: Store, name: str = NAME) -> None:
    """Store the ServiceCIDR of the cluster, or another, unless it is there already."""
    if store.get(RESOURCE, "", name) is None:
        store.put(RESOURCE, _service_cidr(blocks, name))


def withdraw(store: Store, name: str) -> None:
    """Remove a ServiceCIDR; harmless where there is none of that name."""
    store.remove(RESOURCE, "", name)


def ready_networks(store: Store) -> Iterator[IPv4Network | IPv6Network]:
    """The blocks of both families from which addresses are handed out, the cluster's own first.

    One that is being deleted is none; one without a condition is, as nobody may be there to say.
    """
    every = sorted(store.list(RESOURCE), key=lambda obj: meta(obj)["name"] != NAME)
    for obj in every:
        if is_ready(obj) and "deletionTimestamp" not in meta(obj):
            blocks = (cidrs.parse(text) for text in _cidrs_of(obj))
            yield from (cidrs.network_of(block) for block in blocks if block)


def is_ready(obj: Object) -> bool:
    """Whether its condition Ready is not anything but True."""
    conditions = parts(part(obj, "status"), "conditions")
    return all(one["status"] == "True" for one in conditions if one["type"] == "Ready")


def ready_condition(*, ready: bool, moment: str) -> Object:
    """The condition Ready, in the words of Kubernetes' controller."""
    told = ("True", "", "Kubernetes Service CIDR is ready") if ready else _TERMINATING
    status, reason, message = told
    return {
        "type": "Ready",
        "status": status,
        "lastTransitionTime": moment,
        "reason": reason,
        "message": message,
    }


_TERMINATING = (
    "False",
    "Terminating",
    "There are still IPAddresses referencing the ServiceCIDR, "
    "please remove them or create a new ServiceCIDR",
)


def _cidrs_of(obj: Object) -> list[str]:
    return texts(part(obj, "spec"), "cidrs")


def _validate(found: list[str]) -> Iterable[FieldError]:
    if not found:
        yield FieldError.required(_CIDRS, "at least one CIDR required")
        return
    if len(found) > 2:
        yield FieldError.invalid(_CIDRS, {"CIDRs": found}, "may only hold up to 2 values")
        return
    for index, cidr in enumerate(found):
        yield from cidrs.validate(f"{_CIDRS}[{index}]", cidr)
    families = [addresses.family_of(cidr.partition("/")[0]) for cidr in found]
    if len(found) == 2 and families[0] == families[1] != "unknown":
        detail = (
            "may specify no more than one IP for each IP family, "
            "i.e 192.168.0.0/24 and 2001:db8::/64"
        )
        yield FieldError.invalid(_CIDRS, found, detail)


def _service_cidr(blocks: Sequence[str], name: str) -> Object:
    moment = now()
    return {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": moment,
            "finalizers": [FINALIZER],
        },
        "spec": {"cidrs": [*blocks]},
        "status": {"conditions": [ready_condition(ready=True, moment=moment)]},
    }
