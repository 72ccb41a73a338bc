"""Faults of the API: an API server that defaults, allocates or checks Services wrongly.

They stand between the registry and the rules of Services, and do nothing while none is on. The
cluster's own Services are spared: without DNS everything would break, and show nothing.
"""

from collections.abc import Callable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.api.strategy import Strategy
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.kinds import address_faults, allocation_faults
from kubeproof.sandbox.kinds.address_faults import FaultyAddresses
from kubeproof.sandbox.kinds.allocation_faults import Hoard
from kubeproof.sandbox.kinds.service_facts import is_headless, ports_of, spec_of
from kubeproof.sandbox.objects import Object, name_of, namespace_of

FAULTS = {
    **address_faults.FAULTS,
    **allocation_faults.FAULTS,
    "affinity-by-default": "a Service that says nothing of session affinity has it",
    "cluster-ip-conflict-granted": "two Services may ask for the same ClusterIP",
    "cluster-ip-range-ignored": "any address may be asked for as ClusterIP",
    "dual-stack-by-default": "a Service that says nothing of IP families wants both",
    "dual-stack-promised": "RequireDualStack is granted where there is one family only",
    "external-ip-made-up": "a load-balancer Service shows an address that nobody serves",
    "external-name-becomes-cluster-ip": "an ExternalName Service becomes a ClusterIP one",
    "external-name-with-policy": "an ExternalName Service shows an internalTrafficPolicy",
    "external-policy-defaults-to-local": "externalTrafficPolicy is Local where it is not said",
    "headless-gets-cluster-ip": "a headless Service is given a ClusterIP",
    "internal-policy-defaults-to-local": "internalTrafficPolicy is Local where it is not said",
    "node-port-conflict-granted": "two Services may have the same node port",
    "node-port-outside-range": "automatic node ports are not from the node port range",
    "node-port-range-ignored": "any node port may be asked for",
    "node-ports-not-declined": "allocateLoadBalancerNodePorts false has no effect",
    "node-ports-taken-back": "declining node ports takes back those that were given",
    "requested-cluster-ip-ignored": "the clusterIP that a Service asks for is not the one it gets",
    "requested-node-port-ignored": "the nodePort that a Service asks for is not the one it gets",
    "service-type-defaults-to-node-port": "a Service that names no type becomes a NodePort one",
    "service-validation-off": "Services are not checked",
    "target-port-defaults-wrong": "a port that names no targetPort gets another than its own",
}

_DEFAULTS = {
    "dual-stack-by-default": ("ipFamilyPolicy", "PreferDualStack"),
    "affinity-by-default": ("sessionAffinity", "ClientIP"),
    "internal-policy-defaults-to-local": ("internalTrafficPolicy", "Local"),
    "service-type-defaults-to-node-port": ("type", "NodePort"),
}
_GRANTED = {
    "cluster-ip-conflict-granted": "provided IP is already allocated",
    "cluster-ip-range-ignored": "the provided network does not match the current range",
    "node-port-conflict-granted": "provided port is already allocated",
    "node-port-range-ignored": "provided port is not in the valid range",
}
_SHIFT = 10_000
_MADE_UP = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1", "ipMode": "VIP"}]}}
"""An address for documentation (RFC 5737), which nobody has."""


class FaultyServices(Strategy):
    """The rules of Services as long as no fault of the API is on."""

    def __init__(self, rules: Strategy, faults: Faults, store: Store) -> None:
        self._rules = rules
        self._addresses = FaultyAddresses(store, faults)
        self._hoard = Hoard(faults, rules.deleted)
        self._faults = faults
        self._store = store

    def default(self, obj: Object) -> None:
        """Set wrong defaults before the right ones."""
        if _is_fair_game(obj):
            self._replace_what_was_asked_for(spec_of(obj))
            self._set_wrong_defaults(spec_of(obj))
        self._rules.default(obj)

    def prepare_create(self, obj: Object) -> None:
        """Forget what was asked for."""
        if self._hits(obj, "requested-node-port-ignored"):
            for port in ports_of(obj):
                port.pop("nodePort", None)
        if self._hits(obj, "requested-cluster-ip-ignored") and not is_headless(obj):
            _forget_addresses(obj)
        if self._hits(obj, "node-ports-not-declined"):
            spec_of(obj).pop("allocateLoadBalancerNodePorts", None)
        if self._hits(obj, "choices-from-lower-part"):
            allocation_faults.choose_low(obj, self._store)
        self._rules.prepare_create(obj)

    def validate(self, obj: Object) -> list[FieldError]:
        """Find nothing wrong."""
        return [] if self._hits(obj, "service-validation-off") else self._rules.validate(obj)

    def prepare_update(self, obj: Object, old: Object) -> None:
        """Take back what may be kept."""
        self._rules.prepare_update(obj, old)
        declined = spec_of(obj).get("allocateLoadBalancerNodePorts") is False
        if declined and self._hits(obj, "node-ports-taken-back"):
            for port in ports_of(obj):
                port.pop("nodePort", None)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Find nothing wrong."""
        if self._hits(obj, "service-validation-off"):
            return []
        return self._rules.validate_update(obj, old)

    def prepare_status(self, obj: Object, old: Object) -> None:
        """As the rules have it."""
        self._rules.prepare_status(obj, old)

    def allocate(self, obj: Object, old: Object | None, dry_run: bool) -> Callable[[], None]:
        """Grant what must not be granted, and write down what was not allocated."""
        asked = [bool(port.get("nodePort")) for port in ports_of(obj)]
        if old is None and _is_fair_game(obj):
            self._addresses.refuse(obj)
        undo = self._allocate(obj, old, dry_run)
        if old is None and self._hits(obj, "node-port-outside-range"):
            for port, was_asked in zip(ports_of(obj), asked, strict=True):
                if port.get("nodePort") and not was_asked:
                    port["nodePort"] -= _SHIFT
        if old is None and not dry_run and _is_fair_game(obj):
            self._addresses.swap(obj)
            self._addresses.hide(obj)
        if old is not None and not dry_run:
            self._spoil_update(obj, old)
        if self._hits(obj, "external-ip-made-up") and spec_of(obj).get("type") == "LoadBalancer":
            obj["status"] = _MADE_UP
        is_alias = spec_of(obj).get("type") == "ExternalName"
        if is_alias and self._hits(obj, "external-name-with-policy"):
            spec_of(obj)["internalTrafficPolicy"] = "Local"
        return undo

    def deleted(self, obj: Object) -> None:
        """Give back what was taken, which may not be what the Service shows."""
        held = self._addresses.allocated(obj)
        keep = self._hits(obj, "node-port-not-released")
        self._rules.deleted(self._hoard.keep_ports(held) if keep else held)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """As the rules have it."""
        return self._rules.warnings(obj, old)

    def selectable(self, obj: Object) -> dict[str, str]:
        """As the rules have it."""
        return self._rules.selectable(obj)

    def _hits(self, obj: Object, fault: str) -> bool:
        return self._faults.active(fault) and _is_fair_game(obj)

    def _replace_what_was_asked_for(self, spec: Object) -> None:
        wants_both = spec.get("ipFamilyPolicy") == "RequireDualStack"
        if self._faults.active("dual-stack-promised") and wants_both:
            spec["ipFamilyPolicy"] = "SingleStack"
        is_external = spec.get("type") == "ExternalName"
        if self._faults.active("external-name-becomes-cluster-ip") and is_external:
            spec["type"] = "ClusterIP"
        if self._faults.active("headless-gets-cluster-ip") and spec.get("clusterIP") == "None":
            spec.pop("clusterIP")
            spec.pop("clusterIPs", None)

    def _set_wrong_defaults(self, spec: Object) -> None:
        for fault, (field, value) in _DEFAULTS.items():
            if self._faults.active(fault) and spec.get("clusterIP") != "None":
                spec[field] = spec.get(field) or value
        if self._faults.active("target-port-defaults-wrong"):
            for port in spec.get("ports") or ():
                port.setdefault("targetPort", port.get("port", 0) + 1)
        is_external = spec.get("type") in ("NodePort", "LoadBalancer")
        if self._faults.active("external-policy-defaults-to-local") and is_external:
            spec["externalTrafficPolicy"] = spec.get("externalTrafficPolicy") or "Local"

    def _allocate(self, obj: Object, old: Object | None, dry_run: bool) -> Callable[[], None]:
        """Where a fault grants the node ports that were refused, any others are taken instead."""
        try:
            return self._rules.allocate(obj, old, dry_run)
        except ApiError as error:
            granted = (text for fault, text in _GRANTED.items() if self._hits(obj, fault))
            if not any(text in error.message for text in granted):
                raise
        asked = [port.pop("nodePort", 0) for port in ports_of(obj)]
        address = _forget_addresses(obj) if old is None else ""
        undo = self._rules.allocate(obj, old, dry_run)
        for port, number in zip(ports_of(obj), asked, strict=True):
            port.update({"nodePort": number} if number else {})
        if address:
            self._addresses.grant(obj, address)
        return undo

    def _spoil_update(self, obj: Object, old: Object) -> None:
        if self._hits(obj, "update-changes-cluster-ip"):
            self._addresses.change(obj)
        if self._hits(obj, "cluster-ip-kept-by-name"):
            allocation_faults.keep_address(obj, old)


def _forget_addresses(service: Object) -> str:
    """Take the wish for a ClusterIP out of a Service; the answer is what it was."""
    spec_of(service).pop("clusterIPs", None)
    return str(spec_of(service).pop("clusterIP", "") or "")


def _is_fair_game(service: Object) -> bool:
    cluster_owned = namespace_of(service) == "kube-system" or name_of(service) == "kubernetes"
    return not cluster_owned
