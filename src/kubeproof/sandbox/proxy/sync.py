"""The Service proxy of one node: keeps the node's rules as Services and endpoints want them."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.node import NodeNetwork
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy import base
from kubeproof.sandbox.proxy.conntrack import Conntrack, Serving, texts
from kubeproof.sandbox.proxy.endpoints import Endpoint, NodeFacts, endpoints_of
from kubeproof.sandbox.proxy.faulty import seen_slices, with_policies_of, with_removed
from kubeproof.sandbox.proxy.health import HealthCheck, health_check
from kubeproof.sandbox.proxy.kernel import NftTable
from kubeproof.sandbox.proxy.model import Rules
from kubeproof.sandbox.proxy.render import ports_of, render_ports
from kubeproof.sandbox.proxy.service_port import ServicePort
from kubeproof.sandbox.proxy.text import table_text
from kubeproof.sandbox.proxy.udp_flows import ready_only, serving

_log = logging.getLogger(__name__)

# Owner of the rules that are there without any Service; it sorts before every Service.
_BASE = ""
_GAP = 0.5  # seconds without rules, under the fault that withdraws them first

View = list[tuple[ServicePort, tuple[Endpoint, ...]]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a Service is now, according to the API."""

    service: Object
    slices: tuple[Object, ...]


class ServiceProxy:
    """Programs one node. ``update`` takes note, ``flush`` programs what was noted."""

    def __init__(self, node: NodeNetwork, faults: Faults, zone: str = "") -> None:
        self.node = NodeFacts(node.name, node.address, node.pod_cidr, zone)
        self.reloads = 0
        self._faults = faults
        self._table = NftTable(node.ns, base.TABLE, base.TABLE_COMMENT)
        self._conntrack = Conntrack(node.ns)
        self._wanted: dict[str, _Wanted] = {}
        self._drawn: dict[str, View] = {}
        self._dirty: dict[str, None] = {}
        self._suffered: frozenset[str] | None = None
        self._bare_until: float | None = None

    @property
    def rules(self) -> Rules:
        """The rules as they were programmed last."""
        return self._table.rules

    @property
    def pending(self) -> bool:
        """Whether there is something to program, and the node is not frozen."""
        active = self._active()
        return "node-not-updated" not in active and bool(self._dirty or active != self._suffered)

    @property
    def pause(self) -> float:
        """How many seconds ``flush`` has nothing to do, although something is pending."""
        return max(0.0, self._bare_until - time.monotonic()) if self._bare_until else 0.0

    def text(self) -> str:
        """The rules as ``nft list table`` shows them."""
        return table_text(base.TABLE, base.TABLE_COMMENT, self.rules)

    def connections(self) -> list[str]:
        """What connection tracking holds, a line each."""
        return texts(self._conntrack.entries())

    def health_checks(self) -> dict[str, HealthCheck]:
        """The health checks this node has to answer, by Service."""
        checks: dict[str, HealthCheck] = {}
        lies = "health-check-lies" in self._active()
        for key, wanted in self._wanted.items():
            check = health_check(wanted.service, wanted.slices, self.node.name, lies=lies)
            if check:
                checks[key] = check
        return checks

    def update(self, key: str, service: Object | None, slices: Sequence[Object]) -> None:
        """Take note of a Service, ``namespace/name``, and all its slices; None: it is gone."""
        if service is None:
            self._wanted.pop(key, None)
        else:
            self._wanted[key] = _Wanted(service, tuple(slices))
        self._dirty[key] = None

    def flush(self, limit: int = 0) -> None:
        """Program what was noted, at most ``limit`` Services if that is not 0.

        A table that somebody else changed is loaded anew; NetlinkError if that fails too.
        """
        faults = self._active()
        if "node-not-updated" in faults:
            return
        if faults != self._suffered:
            self._dirty = dict.fromkeys([_BASE, *self._drawn, *self._wanted, *self._dirty])
            self._suffered = faults
        keys = list(self._dirty)[: limit or None]
        if not keys or ("rules-withdrawn-first" in faults and self._withdrawn(keys)):
            return
        former = [port for key in keys for port, _ in self._drawn.get(key, [])]
        views = {key: self._view(key, faults) for key in keys if key != _BASE}
        self._program(keys, views, faults)
        for key in keys:
            del self._dirty[key]
        if "udp-conntrack-kept" not in faults:
            now = (pair for view in views.values() for pair in view)
            self._forget_stale_flows(serving(now, former, faults))
        if "terminating-connections-cut" in faults:
            self._forget_stale_flows(ready_only(pair for view in views.values() for pair in view))

    def close(self) -> None:
        """Close the sockets; the rules stay as long as the node's namespace."""
        self._table.close()
        self._conntrack.close()

    def _active(self) -> frozenset[str]:
        return self._faults.for_node(self.node.name)

    def _view(self, key: str, faults: frozenset[str]) -> View:
        """What of the Service this proxy sees, which is the truth unless a fault is on."""
        before = {
            (port.name, port.protocol): (port, ends) for port, ends in self._drawn.get(key, [])
        }
        wanted = self._wanted.get(key)
        if wanted is None:
            return list(before.values()) if "deleted-service-kept" in faults else []
        view: View = []
        slices = seen_slices(wanted.slices, faults)
        for port in ports_of(wanted.service, faults):
            ends = endpoints_of(port, slices)
            former, old = before.pop((port.name, port.protocol), (port, ()))
            if "load-balancer-left-behind" in faults and not port.load_balancer_ips:
                port = replace(port, load_balancer_ips=former.load_balancer_ips)
            if "policy-change-ignored" in faults:
                port = with_policies_of(former, port)
            if "former-node-port-kept" in faults and port.node_port != former.node_port:
                view.append((former, ends))
            view.append((port, with_removed(old, ends) if "stale-endpoint" in faults else ends))
        return view + (list(before.values()) if "removed-port-kept" in faults else [])

    def _withdrawn(self, keys: Iterable[str]) -> bool:
        """Take away what is there of these, and let a moment pass; whether it has not passed."""
        there = [key for key in keys if key in self._drawn]
        if self._bare_until is None and there:
            self._table.commit(dict.fromkeys(there))
            self._bare_until = time.monotonic() + _GAP
        if self.pause:
            return True
        self._bare_until = None
        return False

    def _program(
        self, keys: Iterable[str], views: Mapping[str, View], faults: frozenset[str]
    ) -> None:
        parts: dict[str, Rules | None] = {}
        for key in keys:
            if key == _BASE:
                parts[key] = base.render_base(self.node, faults)
                continue
            self._drawn[key] = views[key]
            parts[key] = render_ports(views[key], self.node, faults) if views[key] else None
            if not views[key]:
                del self._drawn[key]
        try:
            self._table.commit(parts)
        except NetlinkError:
            self.reloads += 1
            self._table.reload()

    def _forget_stale_flows(self, flows: Serving | None) -> None:
        """Unless by a fault, of UDP: a client that goes on sending keeps its flow alive for ever.

        A kernel without ctnetlink keeps such flows; everything else works there.
        """
        if not flows:
            return
        try:
            self._conntrack.delete_stale(flows)
        except NetlinkError as error:
            _log.warning("%s: stale UDP flows are kept: %s", self.node.name, error)
