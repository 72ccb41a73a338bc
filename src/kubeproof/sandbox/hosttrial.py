"""Trying, in a process made for it, everything that a sandbox asks of the kernel."""

import resource
import socket
from collections.abc import Callable
from dataclasses import dataclass

from kubeproof.sandbox import wire
from kubeproof.sandbox.isolation import Refused, isolate
from kubeproof.sandbox.network import rtnetlink
from kubeproof.sandbox.network.lan import HOST_SETTINGS
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.network.rtnetlink import Interface, RtNetlink
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.datatypes import IPV4_ADDR
from kubeproof.sandbox.proxy.kernel import NftTable
from kubeproof.sandbox.proxy.model import (
    DROP,
    Chain,
    Field,
    Hook,
    Masquerade,
    Match,
    NamedSet,
    Reject,
    Remember,
    Rules,
    Statement,
    Target,
    Translate,
    rule,
)

_INPUT = Hook("filter", "input", 0, "filter")
_PREROUTING = Hook("nat", "prerouting", -100, "dstnat")
_POSTROUTING = Hook("nat", "postrouting", 100, "srcnat")


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing to try, and the kernel module which it takes where it is not built in."""

    name: str
    module: str
    run: Callable[[NetNs], None]


def answer(control: socket.socket) -> None:
    """Try everything and tell the process that asked."""
    try:
        way = isolate()
    except Refused as refused:
        wire.send(control, {"refused": refused.facts()})
        return
    here = NetNs.current()
    facts: Object = {
        "way": way,
        "tried": [_outcome(trial, here) for trial in TRIALS],
        "read_only": here.sysctl(HOST_SETTINGS),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }
    wire.send(control, facts)


def _outcome(trial: Trial, ns: NetNs) -> Object:
    failure = ""
    try:
        trial.run(ns)
    except OSError as error:
        failure = str(error.strerror or error)
    return {"name": trial.name, "module": trial.module, "failure": failure}


def _veth(ns: NetNs) -> None:
    other = NetNs.create()
    links = RtNetlink(ns)
    links.apply(rtnetlink.veth(Interface("trial0", 10), Interface("trial1", 11), other))
    links.close()


def _bridge(ns: NetNs) -> None:
    links = RtNetlink(ns)
    links.apply(rtnetlink.bridge("trial2", 12))
    links.close()


def _rules(name: str, module: str, hook: Hook, *statements: Statement) -> Trial:
    """A rule of these statements, in a table of its own."""

    def run(ns: NetNs) -> None:
        table = NftTable(ns, f"trial-{module}")
        sets = {"seen": NamedSet((IPV4_ADDR,), timeout=1, dynamic=True)}
        table.commit({"": Rules({"trial": Chain((rule(*statements),), hook)}, sets)})
        table.close()

    return Trial(name, module, run)


_BACKEND, _OTHER = Target("10.244.1.2", 80), Target("10.244.2.2", 80)
_TO_ONE, _TO_ANY = Translate((_BACKEND,), spread=False), Translate((_BACKEND, _OTHER))
_TCP = Match(Field.PROTOCOL, "tcp")

TRIALS = (
    Trial("veth links", "veth", _veth),
    Trial("bridges", "bridge", _bridge),
    _rules("packet rules", "nf_tables", _INPUT, DROP),
    _rules("connection tracking", "nft_ct", _INPUT, Match(Field.CT_STATE, "new"), DROP),
    _rules("address translation", "nft_chain_nat", _PREROUTING, _TCP, _TO_ONE),
    _rules("masquerading", "nft_masq", _POSTROUTING, Masquerade()),
    _rules("refusals", "nft_reject_ipv4", _INPUT, Reject()),
    _rules("random choice", "nft_numgen", _PREROUTING, _TCP, _TO_ANY),
    _rules("address types", "nft_fib_ipv4", _INPUT, Match(Field.SOURCE_TYPE, "local"), DROP),
    _rules("affinity sets", "nf_tables", _INPUT, Remember("seen")),
)
