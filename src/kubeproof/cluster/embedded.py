"""The sandbox as a cluster kind: the embedded cluster that needs neither Docker nor root."""

import platform
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from threading import Thread

from kubeproof.capability import Finding
from kubeproof.cluster.balancers import Balancer, balancer_findings
from kubeproof.cluster.findings import node_access, served, shown_findings
from kubeproof.cluster.nodes import all_nodes, general_findings, merged
from kubeproof.errors import CheckBroken, ClusterUnavailable, Misuse
from kubeproof.probing.direct import DirectVantage
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.sandbox.errors import (
    PortTaken,
    SandboxError,
    SandboxFailed,
    SandboxUnavailable,
    UnknownFault,
)
from kubeproof.waiting import SANDBOX, Budgets

_NO_BALANCER = "the sandbox was started without a load-balancer controller"
_BALANCER = Balancer("the sandbox", "the sandbox was started with a load-balancer controller")
OUTSIDE, ANOTHER_OUTSIDE = "172.30.0.254", "172.30.0.253"


class SandboxCluster:
    """A fresh embedded cluster; gone when it is closed, or when this process dies."""

    kind = "sandbox"
    disposable = True

    def __init__(self, options: Options, budgets: Budgets = SANDBOX) -> None:
        # The client takes as long to import as the sandbox to boot: both at once.
        importing = Thread(target=import_module, args=("kubeproof.cluster.api",))
        importing.start()
        try:
            # Who dials from a Pod is not more patient than who dials from outside.
            self.sandbox = _started(replace(options, dial_timeout=budgets.connect_timeout))
        finally:
            importing.join()
        from kubeproof.cluster.api import Api, configuration_of

        self.budgets = budgets
        self.kubeconfig = self.sandbox.kubeconfig()
        self.api = Api(configuration_of(text=self.kubeconfig))
        self._load_balancer = options.load_balancer
        self.outside = self._client("a client outside the cluster", OUTSIDE, "outside")
        self.another_outside = self._client(
            "another client outside the cluster", ANOTHER_OUTSIDE, "another-outside"
        )

    def _client(self, label: str, address: str, place: str) -> DirectVantage:
        sockets = partial(self._outside_socket, place)
        timeout = self.budgets.connect_timeout
        return DirectVantage(f"{label} ({address})", timeout, frozenset({address}), sockets)

    def _outside_socket(self, place: str, kind: int) -> socket.socket:
        try:
            return self.sandbox.socket(place, kind)
        except SandboxError as error:
            raise CheckBroken(f"no socket outside the cluster: {error}") from error

    def findings(self) -> Mapping[str, Finding]:
        """What this sandbox was started with."""
        return merged(
            general_findings(all_nodes(self.api), self.outside, self.another_outside),
            shown_findings(self.api),
            node_access("the sandbox shows its nodes' rules and connections"),
            {
                "host-network": Finding(True, "the sandbox admits Pods on their node's network"),
                "network-policy": served(self.api, "NetworkPolicy"),
                "sctp": _sctp(),
                "node-health-check": Finding(True, "the sandbox's nodes answer as kube-proxy does"),
                "kube-proxy": Finding(False, "the sandbox has a Service proxy of its own"),
            },
            balancer_findings(_BALANCER if self._load_balancer else None, _NO_BALANCER),
        )

    def rules(self, node: str) -> str:
        """The nftables rules of a node, as ``nft list table`` prints them."""
        return self.sandbox.rules(node)

    def connections(self, node: str) -> Sequence[str]:
        """The connections that a node tracks."""
        return self.sandbox.conntrack(node)

    def set_faults(self, names: Iterable[str]) -> None:
        """Break the sandbox in these ways, and in no other; returns when it is so."""
        self.sandbox.set_faults(names)

    def close(self) -> None:
        """Stop the sandbox; nothing of it is left when this returns."""
        self.api.close()
        self.sandbox.close()


def _sctp() -> Finding:
    """The nodes' kernel is this machine's."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
    except OSError:
        return Finding(False, f"the kernel {platform.release()} of this machine has no SCTP")
    return Finding(False, "the sandbox's Pods do not speak SCTP")


def _started(options: Options) -> Sandbox:
    try:
        return Sandbox.start(options)
    except (PortTaken, UnknownFault) as error:
        raise Misuse(str(error)) from error
    except (SandboxUnavailable, SandboxFailed) as error:
        raise ClusterUnavailable(str(error)) from error
