"""Lifecycle hooks: what is done right after a container starts and right before it ends.

Source: "Container Lifecycle Hooks". Commands are not offered: the sandbox's Pods have none.
"""

from kubeproof.sandbox.kubelet import probe
from kubeproof.sandbox.kubelet.clock import Clock
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.probe import ProbeError
from kubeproof.sandbox.objects import Object

_PATIENCE = 3600.0
"""Seconds for a request: the kubelet sets no limit but the grace period."""


class HookFailed(Exception):
    """A hook could not be run, or its request was not answered."""


async def run(
    handler: Object, container: Object, address: str, namespace: Namespace, clock: Clock
) -> None:
    """Run a hook to its end. Any HTTP status will do. Raises HookFailed."""
    if "sleep" in handler:
        await clock.sleep(float(handler["sleep"]["seconds"]))
    elif "httpGet" in handler:
        action = handler["httpGet"]
        try:
            await probe.http_get(action, container, address, namespace, _PATIENCE, "lifecycle")
        except (GoError, ProbeError) as error:
            raise HookFailed(str(error)) from error
    else:
        raise HookFailed("the sandbox runs no commands in containers")
