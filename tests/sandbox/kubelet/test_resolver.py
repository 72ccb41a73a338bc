"""Names resolve as Go's resolver resolves them with a Pod's resolv.conf."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.server import DnsServer
from kubeproof.sandbox.dns.zone import Zone
from kubeproof.sandbox.kubelet import resolver as resolving
from kubeproof.sandbox.kubelet.resolv_conf import (
    ClusterDns,
    ResolvConf,
    hostname_of,
    hosts,
    hosts_text,
    resolv_conf,
)
from kubeproof.sandbox.kubelet.resolver import LookupFailed, Resolver
from kubeproof.sandbox.objects import Object
from tests.sandbox.dns.objects import (
    directory_of,
    endpoint,
    namespace,
    port_pair,
    service,
    slice_of,
)
from tests.sandbox.kubelet.surroundings import Here, free_port

_DNS = ClusterDns()


class Asked(DnsServer):
    """A DNS server that notes what it was asked for."""

    names: list[str]

    def respond(self, raw: bytes, tcp: bool) -> bytes | None:
        question = decode(raw).question
        if question:
            self.names.append(("tcp " if tcp else "") + question.name)
        return super().respond(raw, tcp)


@asynccontextmanager
async def dns(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Asked]:
    """A cluster's DNS on a free port of this machine."""
    store = Store()
    store.put("namespaces", namespace("shop"))
    store.put("services", service("web", "10.96.1.1", namespace="shop"))
    store.put("services", service("away", "", (), "shop", type="ExternalName", externalName="a.b"))
    store.put("services", service("many", "None", namespace="shop"))
    addresses = [endpoint(f"10.244.9.{number}") for number in range(1, 200)]
    store.put("endpointslices", slice_of("many", *addresses, namespace="shop"))
    server = Asked(Zone(directory_of(store)))
    server.names = []
    udp, tcp, port = port_pair()
    monkeypatch.setattr(resolving, "_PORT", port)
    await server.listen(udp, tcp)
    try:
        yield server
    finally:
        server.close()


def _resolver(**conf: object) -> Resolver:
    options: Object = {
        "nameservers": ("127.0.0.1",),
        "search": _DNS.search("shop"),
        "ndots": 5,
        **conf,
    }
    return Resolver(Here(), ResolvConf(**options), {"localhost": "127.0.0.1"})


def test_short_names_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        async with dns(monkeypatch) as server:
            found = await _resolver().lookup("web")
            return found, server.names

    found, asked = asyncio.run(scenario())
    assert found == ["10.96.1.1"]
    assert asked == ["web.shop.svc.cluster.local."] * 2  # A and AAAA


def test_names_across_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        async with dns(monkeypatch) as server:
            return await _resolver().lookup("web.shop"), server.names[::2]

    found, asked = asyncio.run(scenario())
    assert found == ["10.96.1.1"]
    assert asked == ["web.shop.shop.svc.cluster.local.", "web.shop.svc.cluster.local."]


def test_a_name_with_enough_dots_or_a_last_dot_is_tried_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> list[str]:
        async with dns(monkeypatch) as server:
            await _resolver(ndots=2).lookup("web.shop.svc.cluster.local")
            await _resolver().lookup("web.shop.svc.cluster.local.")
            return server.names

    assert asyncio.run(scenario()) == ["web.shop.svc.cluster.local."] * 4


def test_what_does_not_exist_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[str, list[str]]:
        async with dns(monkeypatch) as server:
            with pytest.raises(LookupFailed) as failed:
                await _resolver().lookup("nope.shop.svc.cluster.local")
            return str(failed.value), server.names

    said, asked = asyncio.run(scenario())
    assert said.startswith("lookup nope.shop.svc.cluster.local on 127.0.0.1:")
    assert said.endswith(": no such host")
    assert asked[-1] == "nope.shop.svc.cluster.local."


def test_an_alias_to_outside_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with dns(monkeypatch):
            with pytest.raises(LookupFailed, match="no such host"):
                await _resolver().lookup("away")

    asyncio.run(scenario())


def test_a_truncated_answer_is_asked_for_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[int, list[str]]:
        async with dns(monkeypatch) as server:
            found = await _resolver().lookup("many")
            return len(found), server.names

    count, asked = asyncio.run(scenario())
    assert count == 199
    assert "tcp many.shop.svc.cluster.local." in asked


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "_PORT", free_port(socket.SOCK_DGRAM))
    with pytest.raises(LookupFailed, match=r"read udp .*: read: connection refused$"):
        asyncio.run(_resolver(search=()).lookup("web"))


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setattr(resolving, "_PORT", silent.getsockname()[1])
        with pytest.raises(LookupFailed, match=r"read udp .*: i/o timeout$"):
            asyncio.run(_resolver(search=(), timeout=0.05, attempts=1).lookup("web"))


def test_addresses_and_hosts_are_not_asked_for() -> None:
    quiet = _resolver(nameservers=())
    assert asyncio.run(quiet.lookup("10.1.2.3")) == ["10.1.2.3"]
    assert asyncio.run(quiet.lookup("LocalHost")) == ["127.0.0.1"]


def _pod(**spec: object) -> Object:
    return {"metadata": {"name": "web-0", "namespace": "shop"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, ResolvConf(("10.96.0.10",), _DNS.search("shop"), ndots=5)),
        ({"hostNetwork": True}, ResolvConf()),
        (
            {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
            ResolvConf(("10.96.0.10",), _DNS.search("shop"), ndots=5),
        ),
        ({"dnsPolicy": "Default"}, ResolvConf()),
        (
            {
                "dnsPolicy": "None",
                "dnsConfig": {
                    "nameservers": ["192.0.2.1"],
                    "searches": ["example.com."],
                    "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
                },
            },
            ResolvConf(("192.0.2.1",), ("example.com",), ndots=2),
        ),
        (
            {
                "dnsConfig": {
                    "searches": ["example.com"],
                    "options": [{"name": "timeout", "value": "1"}],
                }
            },
            ResolvConf(("10.96.0.10",), (*_DNS.search("shop"), "example.com"), ndots=5, timeout=1),
        ),
    ],
)
def test_resolv_conf(spec: Object, expected: ResolvConf) -> None:
    assert resolv_conf(_pod(**spec), _DNS)._replace(text="") == expected


def test_the_file_is_written_as_the_kubelet_writes_it() -> None:
    text = resolv_conf(_pod(), _DNS).text
    assert text == (
        "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
        "nameserver 10.96.0.10\noptions ndots:5\n"
    )


@pytest.mark.parametrize(
    ("fault", "spec", "text"),
    [
        ("search-list-missing", {}, "nameserver 10.96.0.10\noptions ndots:5\n"),
        (
            "host-network-dns-ignored",
            {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
            "",
        ),
        (
            "pod-dns-config-ignored",
            {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.1"]}},
            "",
        ),
    ],
)
def test_faults_leave_lines_out(fault: str, spec: Object, text: str) -> None:
    assert resolv_conf(_pod(**spec), _DNS, {fault}).text == text


def test_a_lone_dot_stays_in_the_search_list() -> None:
    config = {"searches": [".", "a_b.example.com"], "nameservers": ["192.0.2.1"]}
    text = resolv_conf(_pod(dnsPolicy="None", dnsConfig=config), _DNS).text
    assert text.startswith("search . a_b.example.com\n")


def test_the_hosts_file_has_one_line_for_each_address() -> None:
    names = hosts(_pod(subdomain="db"), "web-0", "10.244.1.2", _DNS)
    assert hosts_text(names).splitlines()[1:] == [
        "127.0.0.1\tlocalhost",
        "10.244.1.2\tweb-0\tweb-0.db.shop.svc.cluster.local",
    ]
    untouched = hosts(_pod(), "web-0", "10.244.1.2", _DNS, {"hosts-file-untouched"})
    assert untouched == {"localhost": "127.0.0.1"}


def test_hosts_and_hostnames() -> None:
    obj = _pod(subdomain="db", hostAliases=[{"ip": "192.0.2.9", "hostnames": ["Alias"]}])
    assert hosts(obj, "web-0", "10.244.1.2", _DNS) == {
        "localhost": "127.0.0.1",
        "web-0": "10.244.1.2",
        "web-0.db.shop.svc.cluster.local": "10.244.1.2",
        "alias": "192.0.2.9",
    }
    assert hostname_of(_pod(hostname="h"), "node", _DNS) == "h"
    assert hostname_of(_pod(hostname="h", hostNetwork=True), "node", _DNS) == "node"
    fqdn = _pod(hostname="h", subdomain="s", setHostnameAsFQDN=True)
    assert hostname_of(fqdn, "node", _DNS) == "h.s.shop.svc.cluster.local"
