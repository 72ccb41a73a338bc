"""The Node objects of the sandbox: namespaces of one machine, described as what they are.

Capacity is the machine's; kernelVersion is the machine's kernel, osImage and
containerRuntimeVersion say that this is the sandbox. Source: API reference, Node.
"""

import os
from pathlib import Path
from typing import Protocol

from kubeproof.sandbox.objects import Object

IMAGES = (
    "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
    "registry.k8s.io/coredns/coredns:v1.12.1",
    "registry.k8s.io/pause:3.10",
)
MAX_PODS = 110
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le"}


class NodeFacts(Protocol):
    """What must be known of a node to describe it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def index(self) -> int:
        """Its number, from 1."""
        ...

    @property
    def address(self) -> str:
        """Its address on the LAN."""
        ...

    @property
    def pod_cidr(self) -> str:
        """The range of its Pods' addresses."""
        ...


def architecture() -> str:
    """The machine's architecture as Kubernetes names it."""
    machine = os.uname().machine
    return _ARCHITECTURES.get(machine, machine)


def node_object(node: NodeFacts, moment: str, kubelet: str, sandbox: str) -> Object:
    """The Node, ready since `moment`. `kubelet` and `sandbox` are versions (v1.36.2, 0.1.0)."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": _labels(node),
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": node.pod_cidr, "podCIDRs": [node.pod_cidr]},
        "status": {
            "capacity": _capacity(),
            "allocatable": _capacity(),
            "conditions": _conditions(moment),
            "addresses": [
                {"type": "InternalIP", "address": node.address},
                {"type": "Hostname", "address": node.name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": _node_info(kubelet, sandbox),
            "images": [{"names": [image], "sizeBytes": 0} for image in IMAGES],
        },
    }


def _labels(node: NodeFacts) -> dict[str, str]:
    return {
        "beta.kubernetes.io/arch": architecture(),
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture(),
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"zone-{node.index}",
    }


def _capacity() -> dict[str, str]:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    disk = os.statvfs("/")
    return {
        "cpu": str(os.cpu_count() or 1),
        "ephemeral-storage": f"{disk.f_blocks * disk.f_frsize // 1024}Ki",
        "memory": f"{pages * size // 1024}Ki",
        "pods": str(MAX_PODS),
    }


def _conditions(moment: str) -> list[Object]:
    fine = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "sufficient PID available"),
    )
    conditions = [
        _condition(kind, status, reason, f"kubelet has {message}", moment)
        for kind, status, reason, message in fine
    ]
    ready = _condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", moment)
    return [*conditions, ready]


def _condition(kind: str, status: str, reason: str, message: str, moment: str) -> Object:
    return {
        "type": kind,
        "status": status,
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
        "reason": reason,
        "message": message,
    }


def _node_info(kubelet: str, sandbox: str) -> Object:
    return {
        "machineID": "",
        "systemUUID": "",
        "bootID": Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip(),
        "kernelVersion": os.uname().release,
        "osImage": f"kubeproof sandbox {sandbox}",
        "containerRuntimeVersion": f"kubeproof-sandbox://{sandbox}",
        "kubeletVersion": kubelet,
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": architecture(),
    }
