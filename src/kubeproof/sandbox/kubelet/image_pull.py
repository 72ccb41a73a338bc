"""Getting a container's image: the node has it, or it cannot be had.

There is no registry. What is shown then is what a kubelet shows when a pull fails; reasons and
messages of Kubernetes 1.36's pkg/kubelet/images.
"""

import asyncio
from collections.abc import Callable

from kubeproof.sandbox.api.gotext import quote
from kubeproof.sandbox.kubelet.backoff import BackOff
from kubeproof.sandbox.kubelet.container_state import Waiting
from kubeproof.sandbox.kubelet.deadline import first
from kubeproof.sandbox.kubelet.images import Image, tagged
from kubeproof.sandbox.kubelet.owner import Owner
from kubeproof.sandbox.objects import Object

_SHOWN = 1.0
"""Seconds for which a failed pull is shown as such before it is shown as backing off."""
_RETRY = 10.0
"""Seconds after which an image that may not be pulled is looked for again."""


class ImagePull:
    """Looks for one container's image until it is there."""

    def __init__(self, owner: Owner, show: Callable[[Waiting], None]) -> None:
        """``show`` puts the container into a state."""
        self._owner = owner
        self._show = show
        self._back_off = BackOff()
        self._renamed = asyncio.Event()

    def look_again(self) -> None:
        """The container's spec names another image now."""
        self._renamed.set()

    async def image(self, spec: Callable[[], Object]) -> Image:
        """The image that the container's spec names, once the node has it."""
        while True:
            reference = str(spec()["image"])
            image = self._owner.images.find(reference)
            if image is not None:
                present = "already present on machine and can be accessed by the pod"
                self._owner.normal("Pulled", f"Container image {quote(reference)} {present}")
                return image
            self._renamed.clear()
            if spec().get("imagePullPolicy") == "Never":
                await self._never(reference)
            else:
                await self._fail(reference)

    async def _never(self, reference: str) -> None:
        why = f"Container image {quote(reference)} is not present with pull policy of Never"
        self._owner.warn("ErrImageNeverPull", why)
        self._owner.warn("Failed", "Error: ErrImageNeverPull")
        self._show(Waiting("ErrImageNeverPull", why))
        await self._wait(_RETRY)

    async def _fail(self, reference: str) -> None:
        clock = self._owner.clock
        known = ", ".join(self._owner.images.names)
        why = (
            f"failed to pull image {quote(tagged(reference))}: the sandbox has no registry; "
            f"the images on its nodes are {known}"
        )
        failed = clock.time()
        self._owner.normal("Pulling", f"Pulling image {quote(reference)}")
        self._owner.warn("Failed", f"Failed to pull image {quote(reference)}: {why}")
        self._owner.warn("Failed", "Error: ErrImagePull")
        self._show(Waiting("ErrImagePull", why))
        self._back_off.advance(failed, failed)
        if await self._wait(_SHOWN):
            backing_off = f"Back-off pulling image {quote(reference)}"
            self._owner.normal("BackOff", backing_off)
            self._owner.warn("Failed", "Error: ImagePullBackOff")
            self._show(Waiting("ImagePullBackOff", f"{backing_off}: ErrImagePull: {why}"))
            await self._wait(self._back_off.remaining(clock.time(), failed))

    async def _wait(self, seconds: float) -> bool:
        """Wait that long, or until the spec names another image: then False."""
        sleep = self._owner.clock.sleep
        return await first(sleep(seconds), self._renamed.wait()) == 0
