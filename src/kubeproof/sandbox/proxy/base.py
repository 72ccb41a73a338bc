"""The rules that are there without any Service: hooks, dispatch, refusal, masquerading.

Layout and comments follow kube-proxy's nftables mode (Kubernetes 1.36), with
``--nodeport-addresses primary`` and ``--detect-local-mode ClusterCIDR``.
"""

from collections.abc import Callable

from kubeproof.sandbox.proxy.datatypes import INET_PROTO, INET_SERVICE, IPV4_ADDR, Key
from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.model import (
    DROP,
    Chain,
    Element,
    Field,
    Fragment,
    HasMark,
    Hook,
    HookPoint,
    InSet,
    Longer,
    LookUp,
    Masquerade,
    Match,
    NamedSet,
    Reject,
    Rule,
    Rules,
    SetMark,
    Statement,
    Verdict,
    rule,
)

TABLE = "kube-proxy"
TABLE_COMMENT = "rules for kube-proxy"
MASQUERADE_BIT = 0x4000
MARK_FOR_MASQUERADE = SetMark("|", MASQUERADE_BIT)

CLUSTER_IPS = "cluster-ips"
NODEPORT_IPS = "nodeport-ips"
HAIRPIN = "hairpin-connections"
SERVICE_IPS = "service-ips"
SERVICE_NODEPORTS = "service-nodeports"
FIREWALL_IPS = "firewall-ips"
NO_ENDPOINT_SERVICES = "no-endpoint-services"
NO_ENDPOINT_NODEPORTS = "no-endpoint-nodeports"
REJECT_CHAIN = "reject-chain"

Has = Callable[[str], bool]

_IP_PORT = (IPV4_ADDR, INET_PROTO, INET_SERVICE)
_PORT = (INET_PROTO, INET_SERVICE)
_TO_SERVICE = (Field.DESTINATION, Field.PROTOCOL, Field.PORT)
_TO_NODEPORT = (Field.PROTOCOL, Field.PORT)
_NEW = Match(Field.CT_STATE, "new")
_TRANSLATED = Match(Field.CT_STATUS, "dnat")

_DEFRAGMENTATION = -400  # where connection tracking puts fragments together
_DSTNAT = -100
_FILTER = 0
_SRCNAT = 100

_TRUE_MTU = 1400  # bytes, where the nodes and Pods believe in 1500

_SETS = {
    HAIRPIN: NamedSet(
        (IPV4_ADDR, IPV4_ADDR, INET_PROTO, INET_SERVICE), comment="service hairpin connections"
    ),
    CLUSTER_IPS: NamedSet((IPV4_ADDR,), comment="Active ClusterIPs"),
    NODEPORT_IPS: NamedSet((IPV4_ADDR,), comment="IPs that accept NodePort traffic"),
    NO_ENDPOINT_SERVICES: NamedSet(
        _IP_PORT,
        verdicts=True,
        comment="vmap to drop or reject packets to services with no endpoints",
    ),
    NO_ENDPOINT_NODEPORTS: NamedSet(
        _PORT,
        verdicts=True,
        comment="vmap to drop or reject packets to service nodeports with no endpoints",
    ),
    FIREWALL_IPS: NamedSet(
        _IP_PORT,
        verdicts=True,
        comment="destinations that are subject to LoadBalancerSourceRanges",
    ),
    SERVICE_IPS: NamedSet(
        _IP_PORT, verdicts=True, comment="ClusterIP, ExternalIP and LoadBalancer IP traffic"
    ),
    SERVICE_NODEPORTS: NamedSet(_PORT, verdicts=True, comment="NodePort traffic"),
}


def render_base(node: NodeFacts, faults: frozenset[str] = frozenset()) -> Rules:
    """What one node has whatever Services there are. Faults are those that hit the node."""
    has = faults.__contains__
    key: Key = (node.address,)
    return Rules(
        chains={**_hooks(node, has), **_checks(node, has), **_translation(node, has)},
        sets=_SETS,
        elements={NODEPORT_IPS: {key: Element()}},
    )


def _hooks(node: NodeFacts, has: Has) -> dict[str, Chain]:
    firewall = rule(_NEW, Verdict("jump", "firewall-check"))
    endpoints = rule(_NEW, Verdict("jump", "service-endpoints-check"))
    nodeports = rule(_NEW, Verdict("jump", "nodeport-endpoints-check"))
    cluster_ips = rule(_NEW, Verdict("jump", "cluster-ips-check"))
    services = rule(Verdict("jump", "services"))
    lost = _same_node_lost(node) if has("same-node-missing") else ()
    too_long = (rule(Longer(_TRUE_MTU), DROP),) if has("large-packets-lost") else ()
    from_node = () if has("node-traffic-not-translated") else (services,)
    return {
        "filter-prerouting-pre-dnat": Chain((firewall,), _before_dnat("prerouting")),
        "filter-output-pre-dnat": Chain((firewall,), _before_dnat("output")),
        "filter-input": Chain((nodeports, endpoints), _filter("input")),
        "filter-forward": Chain((*lost, *too_long, endpoints, cluster_ips), _filter("forward")),
        "filter-output": Chain((endpoints, cluster_ips), _filter("output")),
        "nat-prerouting": Chain((services,), Hook("nat", "prerouting", _DSTNAT, "dstnat")),
        "nat-output": Chain(from_node, Hook("nat", "output", _DSTNAT, "dstnat")),
        "nat-postrouting": Chain(
            (rule(Verdict("jump", "masquerading")),),
            Hook("nat", "postrouting", _SRCNAT, "srcnat"),
        ),
        **(_fragments_lost() if has("fragments-lost") else {}),
    }


def _fragments_lost() -> dict[str, Chain]:
    """Lost where they arrive, before connection tracking makes datagrams of them again."""
    before = Hook("filter", "prerouting", _DEFRAGMENTATION - 50, str(_DEFRAGMENTATION - 50))
    return {"fragments": Chain((rule(Fragment(), DROP),), before)}


def _before_dnat(point: HookPoint) -> Hook:
    return Hook("filter", point, _DSTNAT - 10, "dstnat - 10")


def _filter(point: HookPoint) -> Hook:
    return Hook("filter", point, _FILTER, "filter")


def _checks(node: NodeFacts, has: Has) -> dict[str, Chain]:
    refuse: Statement = DROP if has("no-reject") else Reject()
    return {
        "nodeport-endpoints-check": Chain((_nodeport_rule(NO_ENDPOINT_NODEPORTS),)),
        "service-endpoints-check": Chain((rule(LookUp(_TO_SERVICE, NO_ENDPOINT_SERVICES)),)),
        "firewall-check": Chain((rule(LookUp(_TO_SERVICE, FIREWALL_IPS)),)),
        "cluster-ips-check": Chain(
            (
                rule(
                    InSet((Field.DESTINATION,), CLUSTER_IPS),
                    refuse,
                    comment="Reject traffic to invalid ports of ClusterIPs",
                ),
                rule(
                    Match(Field.DESTINATION, node.service_cidr),
                    DROP,
                    comment="Drop traffic to unallocated ClusterIPs",
                ),
            )
        ),
        REJECT_CHAIN: Chain(
            (rule(refuse),),
            comment="helper for @no-endpoint-services / @no-endpoint-nodeports",
        ),
    }


def _translation(node: NodeFacts, has: Has) -> dict[str, Chain]:
    to_cluster_ip = InSet((Field.DESTINATION,), CLUSTER_IPS)
    from_outside = Match(Field.SOURCE, node.cluster_cidr, negated=True)
    masquerade_all = rule(
        to_cluster_ip, MARK_FOR_MASQUERADE, comment="masquerade all clusterIP traffic"
    )
    masquerade_outside = rule(
        to_cluster_ip,
        from_outside,
        MARK_FOR_MASQUERADE,
        comment="masquerade clusterIP traffic from outside cluster",
    )
    return {
        "services": Chain(
            (
                masquerade_all if has("masquerade-all") else masquerade_outside,
                rule(LookUp(_TO_SERVICE, SERVICE_IPS)),
                _nodeport_rule(SERVICE_NODEPORTS),
            )
        ),
        "masquerading": Chain(_masquerading(has)),
    }


def _nodeport_rule(name: str) -> Rule:
    return rule(InSet((Field.DESTINATION,), NODEPORT_IPS), LookUp(_TO_NODEPORT, name))


def _masquerading(has: Has) -> tuple[Rule, ...]:
    marked = rule(HasMark(MASQUERADE_BIT), SetMark("^", MASQUERADE_BIT), Masquerade())
    hairpin = rule(
        _TRANSLATED,
        InSet((Field.SOURCE, Field.DESTINATION, Field.PROTOCOL, Field.PORT), HAIRPIN),
        Masquerade(),
    )
    return (hairpin,) if has("no-masquerade") else (marked, hairpin)


def _same_node_lost(node: NodeFacts) -> tuple[Rule, ...]:
    """A node whose Pods lose the answers of their neighbours behind a Service.

    So it looks where a bridge carries them past connection tracking (no br_netfilter).
    """
    from_here = Match(Field.SOURCE, node.pod_cidr)
    to_here = Match(Field.DESTINATION, node.pod_cidr)
    return (rule(_NEW, _TRANSLATED, from_here, to_here, DROP),)
