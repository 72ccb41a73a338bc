"""Whether a Service's EndpointSlices say of its Pods what the Pods themselves say.

The rule is exact on purpose: a slice that names too many, too few, or a Pod in another state than
it is in, means that the control plane has not settled, and nothing is asked of the dataplane yet.
"""

from collections.abc import Collection, Iterable

from kubeproof.model import Endpoint, Pod, Service, Standing, standing_of


def belongs(pod: Pod, service: Service) -> bool:
    """Whether the Pod is an endpoint at all, ready or not: it has an address and has not ended."""
    return bool(pod.address) and not pod.over and pod.matches(service.selector)


def serves(pod: Pod, service: Service) -> bool:
    """Whether the Service hands connections to the Pod as long as it has others too."""
    _, ready, _, _ = standing_of(pod, service)
    return ready and belongs(pod, service)


def disagreement(
    service: Service, pods: Collection[Pod], endpoints: Iterable[Endpoint]
) -> str | None:
    """What differs between the Pods that the Service selects and what its slices say of them."""
    if not service.selector or service.type == "ExternalName":
        return None  # somebody else, or nobody, writes its slices
    wanted = {standing_of(pod, service) for pod in pods if belongs(pod, service)}
    there = {one.standing for one in endpoints} - _left_over(pods, service)
    if wanted == there:
        return None
    return f"{service.name}: Pods {sorted(wanted)}, endpoints {sorted(there)}"


def _left_over(pods: Iterable[Pod], service: Service) -> set[Standing]:
    """How Pods that have ended may still be named: Kubernetes does not take them out at once.

    Its controller acts upon a change of readiness, not upon one of the phase alone, so that an
    endpoint which does not serve stays until something else changes (v1.36,
    staging/src/k8s.io/endpointslice/util, podEndpointsChanged).
    """
    return {
        (pod.address, service.publishes_all, False, pod.terminating) for pod in pods if pod.over
    }
