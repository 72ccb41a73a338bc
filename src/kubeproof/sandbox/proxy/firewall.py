"""The firewall of a load balancer's address (loadBalancerSourceRanges)."""

from ipaddress import ip_address, ip_network

from kubeproof.sandbox.proxy.endpoints import NodeFacts
from kubeproof.sandbox.proxy.model import DROP, Chain, Field, Match, Outside, rule
from kubeproof.sandbox.proxy.service_port import ServicePort


def firewall_chain(port: ServicePort, node: NodeFacts) -> Chain:
    """Drop what comes from none of the ranges.

    Where the node itself is admitted, so are the load-balancer addresses: a node that holds one
    talks to it from that very address.
    """
    own = ip_address(node.address)
    admitted = any(own in ip_network(prefix) for prefix in port.source_ranges)
    extra = port.load_balancer_ips if admitted else ()
    prefixes = (*port.source_ranges, *extra)
    if len(prefixes) == 1:
        return Chain((rule(Match(Field.SOURCE, prefixes[0], negated=True), DROP),))
    return Chain((rule(Outside(Field.SOURCE, prefixes), DROP),))
