"""The kubelets of all nodes, and the cluster's DNS, which they run as a program."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.dns.directory import StoreDirectory
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kubelet.coredns import CoreDns
from kubeproof.sandbox.kubelet.images import Images
from kubeproof.sandbox.kubelet.kubelet import Kubelet, KubeletOptions, NodeNetwork
from kubeproof.sandbox.kubelet.pod_worker import PodWorker
from kubeproof.sandbox.kubelet.process import Process
from kubeproof.sandbox.kubelet.recorder import Recorder
from kubeproof.sandbox.objects import Object


class Kubelets:
    """One kubelet a node, all on one event loop."""

    def __init__(
        self,
        registry: Registry,
        nodes: Mapping[str, NodeNetwork],
        faults: Faults,
        options: KubeletOptions,
        recorder: Callable[[str], Recorder],
    ) -> None:
        """``nodes`` are the nodes' networks by name; ``recorder`` makes a node's Event recorder."""
        self.faults = faults
        self._registry = registry
        self._directory = StoreDirectory(registry.store, faults)
        self._domain = options.dns.domain
        images = Images(self._dns_program, options.dial_timeout)
        self._kubelets = {
            name: Kubelet(network, registry, faults, options, images, recorder(name))
            for name, network in nodes.items()
        }

    def start(self) -> None:
        """Run every Pod that is bound to a node, now and later. Needs a running loop."""
        self._directory.start()
        for kubelet in self._kubelets.values():
            kubelet.start()

    async def stop(self) -> None:
        """Drop everything that runs."""
        await asyncio.gather(*(kubelet.stop() for kubelet in self._kubelets.values()))
        self._directory.stop()

    def kubelet(self, node: str) -> Kubelet | None:
        """The kubelet of a node; None where there is no such node."""
        return self._kubelets.get(node)

    def worker(self, pod: Object) -> PodWorker | None:
        """What runs a Pod; None if nothing of it is on its node."""
        kubelet = self.kubelet(str(pod["spec"].get("nodeName", "")))
        return kubelet.worker(str(pod["metadata"]["uid"])) if kubelet else None

    def _dns_program(self, process: Process, arguments: Sequence[str]) -> CoreDns:
        return CoreDns(process, arguments, self._directory, self._domain, self.faults)
