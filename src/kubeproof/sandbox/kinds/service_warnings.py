"""What the API server says about a Service that it accepts all the same (1.36's warnings)."""

from collections.abc import Iterable

from kubeproof.sandbox.kinds import addresses, cidrs
from kubeproof.sandbox.kinds.parts import annotations_of, texts
from kubeproof.sandbox.kinds.service_facts import NONE, cluster_ips, spec_of, type_of
from kubeproof.sandbox.kinds.service_validation import HINTS_ANNOTATION, MODE_ANNOTATION
from kubeproof.sandbox.objects import Object


def warnings_for(service: Object) -> list[str]:
    """The texts of the Warning headers, in their order."""
    return [
        *_about_hints(service),
        *_about_cluster_ips(service),
        *_about_headless(service),
        *_about_external_ips(service),
        *_about_load_balancer(service),
        *_about_ignored(service),
        *_about_distribution(service),
    ]


def _is_headless(service: Object) -> bool:
    return type_of(service) == "ClusterIP" and spec_of(service).get("clusterIP") == NONE


def _about_hints(service: Object) -> Iterable[str]:
    if HINTS_ANNOTATION in annotations_of(service):
        yield (f"annotation {HINTS_ANNOTATION} is deprecated, please use {MODE_ANNOTATION} instead")


def _about_cluster_ips(service: Object) -> Iterable[str]:
    if spec_of(service).get("clusterIP", "") not in ("", NONE):
        for index, address in enumerate(cluster_ips(service)):
            yield from addresses.warn(f"spec.clusterIPs[{index}]", address)


def _about_headless(service: Object) -> Iterable[str]:
    if not _is_headless(service):
        return
    spec = spec_of(service)
    for field in ("loadBalancerIP", "externalIPs"):
        if spec.get(field):
            yield f"spec.{field} is ignored for headless services"
    if spec.get("sessionAffinity") != "None":
        yield "spec.SessionAffinity is ignored for headless services"


def _about_external_ips(service: Object) -> Iterable[str]:
    external = texts(spec_of(service), "externalIPs")
    for index, address in enumerate(external):
        yield from addresses.warn(f"spec.externalIPs[{index}]", address)
    if external and not _is_headless(service) and type_of(service) != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"


def _about_load_balancer(service: Object) -> Iterable[str]:
    spec = spec_of(service)
    if spec.get("loadBalancerIP"):
        yield from addresses.warn("spec.loadBalancerIP", spec["loadBalancerIP"])
    for index, block in enumerate(texts(spec, "loadBalancerSourceRanges")):
        yield from cidrs.warn(f"spec.loadBalancerSourceRanges[{index}]", block)


def _about_ignored(service: Object) -> Iterable[str]:
    spec, external_name = spec_of(service), type_of(service) == "ExternalName"
    if external_name and spec.get("externalIPs"):
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if not external_name and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _about_distribution(service: Object) -> Iterable[str]:
    if spec_of(service).get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'
