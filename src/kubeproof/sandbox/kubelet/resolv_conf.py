"""A Pod's /etc/resolv.conf and /etc/hosts.

Sources: "DNS for Services and Pods" (Pod's DNS Policy, Pod's DNS Config), resolv.conf(5).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kubeproof.sandbox.objects import Object, name_of, namespace_of

FAULTS = {
    "host-network-dns-ignored": "dnsPolicy ClusterFirstWithHostNet has no effect",
    "hosts-file-untouched": "a Pod's own names are not in its /etc/hosts",
    "pod-dns-config-ignored": "a Pod's dnsConfig has no effect",
    "search-list-missing": "Pods are given no search list",
}

_MOST_SERVERS = 3


class ResolvConf(NamedTuple):
    """What a resolver is told; ``timeout`` in seconds for one try, each server ``attempts`` times.

    The defaults are those of a file that says nothing.
    """

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout: float = 5.0
    attempts: int = 2
    text: str = ""
    """The file as the kubelet writes it."""


class ClusterDns(NamedTuple):
    """Where the cluster's DNS is, and the domain it serves."""

    address: str = "10.96.0.10"
    domain: str = "cluster.local"

    def search(self, namespace: str) -> tuple[str, ...]:
        """The search list of the Pods of a namespace."""
        return (f"{namespace}.svc.{self.domain}", f"svc.{self.domain}", self.domain)


@dataclass(slots=True)
class _Draft:
    nameservers: list[str] = field(default_factory=list[str])
    search: list[str] = field(default_factory=list[str])
    options: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, config: Object) -> None:
        """Merge a Pod's dnsConfig: it appends, and its options win."""
        self.nameservers += [str(item) for item in config.get("nameservers") or ()]
        self.search += [str(item) for item in config.get("searches") or ()]
        for option in config.get("options") or ():
            self.options[str(option["name"])] = str(option.get("value") or "")

    def finish(self) -> ResolvConf:
        """The file as a resolver reads it."""
        servers = tuple(dict.fromkeys(self.nameservers))[:_MOST_SERVERS]
        return ResolvConf(
            servers or ResolvConf().nameservers,
            tuple(dict.fromkeys(item.rstrip(".") for item in self.search)),
            ndots=_number(self.options, "ndots", 1, 15),
            timeout=_number(self.options, "timeout", 5, 30),
            attempts=_number(self.options, "attempts", 2, 5),
            text=self._text(servers),
        )

    def _text(self, servers: Sequence[str]) -> str:
        """The lines in the kubelet's order: search, nameserver, options."""
        options = [f"{name}:{value}" if value else name for name, value in self.options.items()]
        lines = [
            *(["search " + " ".join(dict.fromkeys(self.search))] if self.search else []),
            *(f"nameserver {server}" for server in servers),
            *(["options " + " ".join(options)] if options else []),
        ]
        return "".join(f"{line}\n" for line in lines)


def resolv_conf(pod: Object, dns: ClusterDns, faults: Collection[str] = ()) -> ResolvConf:
    """The resolv.conf of a Pod by its dnsPolicy and dnsConfig.

    Nodes have no nameserver, so a Pod that takes its node's file has none either.
    """
    spec = pod["spec"]
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    draft = _Draft()
    in_cluster = policy == "ClusterFirst" and not spec.get("hostNetwork")
    on_host = policy == "ClusterFirstWithHostNet" and "host-network-dns-ignored" not in faults
    if in_cluster or on_host:
        draft.nameservers = [dns.address]
        draft.options = {"ndots": "5"}
        if "search-list-missing" not in faults:
            draft.search = list(dns.search(namespace_of(pod)))
    if "pod-dns-config-ignored" not in faults:
        draft.add(spec.get("dnsConfig") or {})
    return draft.finish()


def hosts(
    pod: Object, hostname: str, address: str, dns: ClusterDns, faults: Collection[str] = ()
) -> Mapping[str, str]:
    """The names of a Pod's /etc/hosts in lower case, and their addresses."""
    found = {"localhost": "127.0.0.1"}
    if "hosts-file-untouched" in faults:
        return found
    found[hostname.lower()] = address
    subdomain = pod["spec"].get("subdomain")
    if subdomain and not pod["spec"].get("hostNetwork"):
        found[f"{hostname}.{subdomain}.{namespace_of(pod)}.svc.{dns.domain}"] = address
    for alias in pod["spec"].get("hostAliases") or ():
        for name in alias.get("hostnames") or ():
            found.setdefault(str(name).lower(), str(alias["ip"]))
    return found


def hosts_text(names: Mapping[str, str]) -> str:
    """/etc/hosts as the kubelet writes it: a line for each address, with all its names."""
    lines: dict[str, list[str]] = {}
    for name, address in names.items():
        lines.setdefault(address, []).append(name)
    body = ["\t".join((address, *found)) for address, found in lines.items()]
    return "\n".join(("# Kubernetes-managed hosts file.", *body, ""))


def hostname_of(pod: Object, node: str, dns: ClusterDns) -> str:
    """The hostname which the Pod's containers see."""
    spec = pod["spec"]
    if spec.get("hostNetwork"):
        return node
    if spec.get("hostnameOverride"):
        return str(spec["hostnameOverride"])
    name = str(spec.get("hostname") or name_of(pod)[:63].rstrip("-."))
    if spec.get("subdomain") and spec.get("setHostnameAsFQDN"):
        return f"{name}.{spec['subdomain']}.{namespace_of(pod)}.svc.{dns.domain}"
    return name


def _number(options: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = options.get(name, "")
    return min(max(int(value), 0), most) if value.isdecimal() else default
