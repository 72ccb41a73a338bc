"""What is wrong with clusterIPs, ipFamilies and ipFamilyPolicy, and with changes of them.

Source: core validation of Kubernetes 1.36 ("IPv4/IPv6 dual-stack" in the documentation).
"""

from collections.abc import Callable, Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses
from kubeproof.sandbox.kinds.service_facts import (
    NONE,
    cluster_ips,
    families,
    has_cluster_ip,
    is_headless,
    spec_of,
)
from kubeproof.sandbox.objects import Object

FAMILIES = ("IPv4", "IPv6")
POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")

_IPS = "spec.clusterIPs"
_FAMILIES = "spec.ipFamilies"
_POLICY = "spec.ipFamilyPolicy"
_FIXED = "may not change once set"


def validate_addresses(service: Object, old: Object | None) -> list[FieldError]:
    """clusterIP and clusterIPs, families and policy: each by itself, then together."""
    if not has_cluster_ip(service):
        return []
    errors = [*_validate_singular(service), *_validate_families(service)]
    malformed = list(_validate_each(service, cluster_ips(old) if old else []))
    errors += malformed
    if len(cluster_ips(service)) > 2:
        errors.append(_about_all(service, "may only hold up to 2 values"))
    if malformed:
        return errors
    return [*errors, *_validate_pair(service), *_validate_match(service)]


def _about_all(service: Object, detail: str) -> FieldError:
    return FieldError.invalid(_IPS, spec_of(service).get("clusterIPs"), detail)


def _validate_singular(service: Object) -> Iterable[FieldError]:
    address, plural = spec_of(service).get("clusterIP") or "", cluster_ips(service)
    if not address and plural:
        yield _about_all(service, "must be empty when `clusterIP` is not specified")
    elif address and not plural:
        yield FieldError.required(_IPS)
    elif address and plural[0] != address:
        yield _about_all(service, "first value must match `clusterIP`")


def _validate_families(service: Object) -> Iterable[FieldError]:
    wanted = families(service)
    for index, family in enumerate(wanted):
        if family not in FAMILIES:
            yield FieldError.not_supported(f"{_FAMILIES}[{index}]", family, FAMILIES)
        if family in wanted[:index]:
            yield FieldError.duplicate(f"{_FAMILIES}[{index}]", family)
    policy = spec_of(service).get("ipFamilyPolicy")
    if policy is not None and policy not in POLICIES:
        yield FieldError.not_supported(_POLICY, policy, POLICIES)


def _validate_each(service: Object, stored: list[str]) -> Iterable[FieldError]:
    for index, address in enumerate(cluster_ips(service)):
        if index or address != NONE:
            yield from addresses.validate(f"{_IPS}[{index}]", address, stored)
        elif len(cluster_ips(service)) > 1:
            yield _about_all(service, "'None' must be the first and only value")


def _validate_pair(service: Object) -> Iterable[FieldError]:
    found = [addresses.family_of(address) for address in cluster_ips(service)]
    if len(found) > 1 and not set(FAMILIES) <= set(found):
        yield _about_all(service, "may specify no more than one IP for each IP family")


def _validate_match(service: Object) -> Iterable[FieldError]:
    if is_headless(service):
        return
    pairs = zip(cluster_ips(service), families(service), strict=False)
    for index, (address, family) in enumerate(pairs):
        if family in FAMILIES and addresses.family_of(address) != family:
            detail = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            yield FieldError.invalid(f"{_IPS}[{index}]", address, detail)


def validate_address_change(service: Object, old: Object) -> list[FieldError]:
    """The first address never changes; the second may come, and go with policy SingleStack."""
    if not (has_cluster_ip(service) and has_cluster_ip(old)):
        return []
    if is_headless(service) and is_headless(old):
        return []
    return _change(service, old, cluster_ips, _about_address)


def validate_family_change(service: Object, old: Object) -> list[FieldError]:
    """Families follow the same rule as addresses, but those of headless Services may change."""
    if not (has_cluster_ip(service) and has_cluster_ip(old)):
        return []
    if is_headless(service) or is_headless(old):
        return []
    return _change(service, old, families, _about_family)


_Parts = Callable[[Object], list[str]]
_About = Callable[[Object, str, int], FieldError]


def _change(service: Object, old: Object, parts: _Parts, about: _About) -> list[FieldError]:
    new, before = parts(service), parts(old)
    if len(new) == len(before):
        changed = [index for index, part in enumerate(before) if part != new[index]]
        return [about(service, _FIXED, index) for index in changed]
    errors: list[FieldError] = []
    if len(before) > len(new) and not cluster_ips(service):
        errors.append(about(service, "", 0))
    if new and before and new[0] != before[0]:
        errors.append(about(service, _FIXED, -1))
    if len(before) > len(new) == 1 and spec_of(service).get("ipFamilyPolicy") != "SingleStack":
        errors.append(_about_policy(service, parts))
    return errors


def _about_address(service: Object, detail: str, index: int) -> FieldError:
    shown = spec_of(service).get("clusterIPs")
    return FieldError.invalid(
        f"{_IPS}[{max(index, 0)}]", shown, detail or "primary clusterIP can not be unset"
    )


def _about_family(service: Object, detail: str, index: int) -> FieldError:
    """The API server shows clusterIPs where the number of families changed (index -1)."""
    shown = spec_of(service).get("clusterIPs" if index < 0 else "ipFamilies")
    return FieldError.invalid(
        f"{_FAMILIES}[0]", shown, detail or "primary ipFamily can not be unset"
    )


def _about_policy(service: Object, parts: _Parts) -> FieldError:
    what = "clusterIP" if parts is cluster_ips else "ipFamily"
    detail = f"must be set to 'SingleStack' when releasing the secondary {what}"
    return FieldError.invalid(_POLICY, spec_of(service).get("ipFamilyPolicy"), detail)
