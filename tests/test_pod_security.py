"""Every Pod of the suite is one that the restricted Pod Security Standard admits.

Its rules: kubernetes.io/docs/concepts/security/pod-security-standards. Pods on their node's network
are no such Pods anywhere; scenarios with one say so with ``@capability:host-network``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeproof.manifest import Manifest, restricted
from kubeproof.model import Object

MANIFESTS = Path(__file__).parents[1] / "manifests"
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "projected", "secret"}


def pods() -> Iterator[tuple[str, Object]]:
    for path in sorted(MANIFESTS.glob("**/*.yaml")):
        for obj in Manifest.load(path).objects:
            if obj["kind"] == "Pod":
                yield f"{path.relative_to(MANIFESTS)}: {obj['metadata']['name']}", obj


def violations(pod: Object) -> Iterator[str]:
    spec: Object = pod["spec"]
    context: Object = spec.get("securityContext") or {}
    if any(spec.get(one) for one in ("hostNetwork", "hostPID", "hostIPC")):
        yield "host namespaces"
    if any(not VOLUMES & volume.keys() for volume in spec.get("volumes") or ()):
        yield "volume types"
    for container in [*spec["containers"], *(spec.get("initContainers") or ())]:
        yield from _of_container(container, context)


def _of_container(container: Object, context: Object) -> Iterator[str]:
    own: Object = container.get("securityContext") or {}
    merged: Object = {**context, **own}
    seccomp: Object = merged.get("seccompProfile") or {}
    capabilities: Object = own.get("capabilities") or {}
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "privileges"
    if capabilities.get("drop") != ["ALL"] or set(capabilities.get("add") or ()) - {
        "NET_BIND_SERVICE"
    }:
        yield "capabilities"
    if merged.get("runAsNonRoot") is not True or merged.get("runAsUser") == 0:
        yield "root"
    if seccomp.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccomp"
    if any(port.get("hostPort") for port in container.get("ports") or ()):
        yield "host ports"


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_every_pod_is_admitted(name: str, pod: Object) -> None:
    on_host = {"host namespaces", "host ports"} if pod["spec"].get("hostNetwork") else set[str]()
    assert set(violations(restricted(pod))) - on_host == set(), name


def test_the_manifests_themselves_leave_it_to_the_suite() -> None:
    """A control: without what the suite adds they would not be admitted."""
    _, pod = next(pods())
    assert {"privileges", "capabilities", "root", "seccomp"} <= set(violations(pod))
