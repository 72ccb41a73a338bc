"""Which IP families a Service gets, on a cluster with one range of ClusterIPs or with two.

Source: the Service registry of Kubernetes 1.36; "IPv4/IPv6 dual-stack" in the documentation.
"""

from collections.abc import Iterable, Sequence

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses
from kubeproof.sandbox.kinds.parts import texts
from kubeproof.sandbox.kinds.service_addresses import validate_addresses
from kubeproof.sandbox.kinds.service_facts import (
    NONE,
    cluster_ips,
    families,
    has_cluster_ip,
    same,
    spec_of,
    type_of,
)
from kubeproof.sandbox.objects import Object, name_of

_POLICY = "spec.ipFamilyPolicy"


def settle_families(service: Object, old: Object | None, configured: Sequence[str]) -> None:
    """Set ipFamilyPolicy and ipFamilies, in place. Raises ApiError (422).

    ``configured`` are the families of the Service ranges, the cluster's primary one first.
    """
    if not has_cluster_ip(service) or stays_prefer_dual_stack(service, old):
        return
    _settle_policy(service, old)
    _refuse(service, validate_addresses(service, old))
    errors = list(_validate_reduction(service, old)) if old else []
    _refuse(service, [*errors, *_validate_single(service), *_infer(service, configured)])
    if spec_of(service).get("clusterIP") == NONE and not spec_of(service).get("selector"):
        _settle_without_selector(service, configured)
        return
    _refuse(service, list(_validate_configured(service, configured)))
    wanted = families(service) or [configured[0]]
    spec_of(service)["ipFamilies"] = _both(service, wanted) if len(configured) == 2 else wanted


def stays_prefer_dual_stack(service: Object, old: Object | None) -> bool:
    """Whether both are PreferDualStack with the same addresses: then nothing is touched."""
    if old is None or type_of(service) != type_of(old):
        return False
    policies = (spec_of(service).get("ipFamilyPolicy"), spec_of(old).get("ipFamilyPolicy"))
    if policies[0] != "PreferDualStack" or policies[1] not in (None, "PreferDualStack"):
        return False
    return same(service, old, "clusterIPs") and same(service, old, "ipFamilies")


def _refuse(service: Object, errors: list[FieldError]) -> None:
    if errors:
        raise status.invalid("Service", name_of(service), errors)


def _settle_policy(service: Object, old: Object | None) -> None:
    spec = spec_of(service)
    if spec.get("ipFamilyPolicy") is not None:
        return
    before = spec_of(old).get("ipFamilyPolicy") if old else None
    headless = spec.get("clusterIP") == NONE and not spec.get("selector")
    spec["ipFamilyPolicy"] = before or ("RequireDualStack" if headless else "SingleStack")


def _validate_reduction(service: Object, old: Object) -> Iterable[FieldError]:
    """One family less must be asked for; with SingleStack what is in excess goes by itself."""
    spec, policy = spec_of(service), spec_of(service)["ipFamilyPolicy"]
    if policy == "SingleStack":
        for field in ("clusterIPs", "ipFamilies"):
            if same(service, old, field) and len(texts(spec, field)) > 1:
                spec[field] = spec[field][:1]
        return
    if 0 < len(cluster_ips(service)) < len(cluster_ips(old)):
        detail = "must be 'SingleStack' to release the secondary cluster IP"
        yield FieldError.invalid(_POLICY, policy, detail)
    if 0 < len(families(service)) < len(families(old)):
        detail = "must be 'SingleStack' to release the secondary IP family"
        yield FieldError.invalid(_POLICY, policy, detail)


def _validate_single(service: Object) -> Iterable[FieldError]:
    policy = spec_of(service)["ipFamilyPolicy"]
    if policy != "SingleStack":
        return
    detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple {} are specified"
    if len(cluster_ips(service)) == 2:
        yield FieldError.invalid(_POLICY, policy, detail.format("cluster IPs"))
    if len(families(service)) == 2:
        yield FieldError.invalid(_POLICY, policy, detail.format("IP families"))


def _infer(service: Object, configured: Sequence[str]) -> Iterable[FieldError]:
    """Families that are not stated follow from the addresses."""
    spec = spec_of(service)
    for index, address in enumerate(cluster_ips(service)):
        if address == NONE:
            return
        if index < len(families(service)):
            continue
        family = addresses.family_of(address)
        if family in configured:
            spec["ipFamilies"] = [*families(service), family]
        else:
            detail = f"{family} is not configured on this cluster"
            yield FieldError.invalid(f"spec.clusterIPs[{index}]", cluster_ips(service), detail)


def _settle_without_selector(service: Object, configured: Sequence[str]) -> None:
    """Headless without selector: the endpoints are the user's own, so any family may come."""
    wanted = families(service) or [configured[0]]
    spec_of(service)["ipFamilies"] = _both(service, wanted)


def _both(service: Object, wanted: list[str]) -> list[str]:
    """The families with the one that is missing, unless the policy is SingleStack."""
    if len(wanted) > 1 or spec_of(service)["ipFamilyPolicy"] == "SingleStack":
        return wanted
    return [*wanted, "IPv6" if wanted[0] == "IPv4" else "IPv4"]


def _validate_configured(service: Object, configured: Sequence[str]) -> Iterable[FieldError]:
    policy = spec_of(service)["ipFamilyPolicy"]
    if policy == "RequireDualStack" and len(configured) < 2:
        detail = "this cluster is not configured for dual-stack services"
        yield FieldError.invalid(_POLICY, policy, detail)
    for index, family in enumerate(families(service)):
        if family not in configured:
            detail = "not configured on this cluster"
            yield FieldError.invalid(f"spec.ipFamilies[{index}]", family, detail)
