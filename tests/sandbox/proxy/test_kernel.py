"""The table in the kernel: what nft shows of it, growth by small steps, limits, failures."""

import random
import subprocess
from pathlib import Path

import pytest

from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.objects import Object
from kubeproof.sandbox.proxy.base import TABLE, TABLE_COMMENT, render_base
from kubeproof.sandbox.proxy.kernel import NftTable
from kubeproof.sandbox.proxy.model import Chain, Rules, Verdict, rule
from kubeproof.sandbox.proxy.render import render_service
from kubeproof.sandbox.proxy.text import table_text
from tests.sandbox.network.isolation import Isolated
from tests.sandbox.proxy.builders import (
    EVERYWHERE,
    EXTERNAL_IP,
    NODE1,
    VIP,
    Pod,
    affinity,
    endpoint_slice,
    port,
    service,
)
from tests.sandbox.proxy.listing import Listing, listing

NFT = next((path for path in ("/usr/sbin/nft", "/sbin/nft") if Path(path).exists()), "")
needs_nft = pytest.mark.skipif(not NFT, reason="nft is not installed: nothing to compare with")

# Below what the send buffer of an ordinary user takes on stock systems (212,992 bytes).
STOCK_LIMIT = 200_000


def _shown(ns: NetNs) -> Listing:
    with ns.entered():
        told = subprocess.run(
            [NFT, "list", "table", TABLE], capture_output=True, text=True, check=True
        )
    return listing(told.stdout)


def _ours(rules: Rules) -> Listing:
    return listing(table_text(TABLE, TABLE_COMMENT, rules))


def _variety() -> dict[str, Rules]:
    """Services which together use every kind of rule there is."""
    every = endpoint_slice(*EVERYWHERE)
    exposed: dict[str, object] = {"type": "LoadBalancer", "externalIPs": [EXTERNAL_IP]}
    http = port(80, nodePort=30080)
    services: list[tuple[Object, Object]] = [
        (service("plain"), every),
        (service("all", "10.96.0.6", http, ingress=[VIP], **exposed), every),
        (service("none", "10.96.0.7", port(80, nodePort=30081), type="NodePort"), endpoint_slice()),
        (
            service(
                "local",
                "10.96.0.8",
                port(443, nodePort=30082),
                type="LoadBalancer",
                ingress=[VIP],
                externalTrafficPolicy="Local",
                loadBalancerSourceRanges=["10.0.0.0/9", "192.0.2.1/32", "10.128.0.0/10"],
                **affinity(5400),
            ),
            every,
        ),
        (
            service(
                "one-range",
                "10.96.0.9",
                port(8443),
                type="LoadBalancer",
                ingress=["172.30.0.201"],
                loadBalancerSourceRanges=["192.0.2.0/27"],
            ),
            every,
        ),
        (service("sctp", "10.96.0.10", port(9, protocol="SCTP")), endpoint_slice(protocol="SCTP")),
    ]
    parts = {
        f"d/{web['metadata']['name']}": render_service(web, [item], NODE1) for web, item in services
    }
    unusual = {"same-node-missing", "large-packets-lost", "fragments-lost"}
    return {"": render_base(NODE1, frozenset(unusual)), **parts}


def _show_variety() -> list[object]:
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT)
    table.commit(_variety())
    shown, ours = _shown(ns), _ours(table.rules)
    ns.close()
    return [shown.__dict__, ours.__dict__]


@needs_nft
def test_nft_shows_what_the_text_says(isolated: Isolated) -> None:
    shown, ours = isolated.run(_show_variety)
    assert ours["chains"]
    for part, content in ours.items():
        assert shown[part] == content


def _random_service(dice: random.Random, number: int) -> Rules:
    spec: dict[str, object] = {}
    if dice.random() < 0.5:
        spec["type"] = "NodePort"
        spec["externalIPs"] = [f"203.0.113.{dice.randrange(3)}"]
        spec["externalTrafficPolicy"] = dice.choice(["Local", "Cluster"])
    if dice.random() < 0.4:
        spec.update(affinity(dice.choice([60, 90])))
    if dice.random() < 0.3:
        spec["internalTrafficPolicy"] = "Local"
    ports = [port(80, name="a", nodePort=30000 + number if spec.get("type") else 0)]
    if dice.random() < 0.5:
        ports.append(port(81, name="b"))
    pods = [Pod(node, host) for node in (1, 2) for host in (2, 3, 4) if dice.random() < 0.5]
    slices = [endpoint_slice(*pods, name=name) for name in ("a", "b")]
    web = service(f"s{number}", f"10.96.0.{number}", *ports, **spec)
    return render_service(web, slices, NODE1)


def _random_walk(seed: int) -> list[object]:
    """Random changes of a few Services which share endpoints and external addresses."""
    dice = random.Random(seed)
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT)
    table.commit({"": render_base(NODE1)})
    for _ in range(40):
        numbers = dice.sample(range(1, 7), dice.randint(1, 3))
        table.commit(
            {
                f"d/s{number}": None if dice.random() < 0.3 else _random_service(dice, number)
                for number in numbers
            }
        )
    shown, ours = _shown(ns), _ours(table.rules)
    table.commit({f"d/s{number}": None for number in range(1, 7)})
    empty, base = _shown(ns), _ours(render_base(NODE1))
    ns.close()
    return [shown.__dict__, ours.__dict__, empty.__dict__, base.__dict__]


@needs_nft
@pytest.mark.parametrize("seed", range(4))
def test_small_steps_lead_to_the_same_table(isolated: Isolated, seed: int) -> None:
    shown, ours, empty, base = isolated.run(_random_walk, seed)
    assert shown == ours
    assert empty == base


def _many(count: int, limit: int) -> list[int]:
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT, limit)
    every = endpoint_slice(*EVERYWHERE)
    parts: dict[str, Rules] = {"": render_base(NODE1)}
    for number in range(count):
        web = service(f"s{number}", f"10.96.{1 + number // 250}.{1 + number % 250}")
        parts[f"d/s{number}"] = render_service(web, [every], NODE1)
    table.commit(parts)
    loaded = table.transactions
    more = render_service(service("more", "10.96.200.1"), [every], NODE1)
    table.commit({"d/more": more})
    added = table.transactions - loaded
    table.commit(dict.fromkeys(parts))
    left = len(table.rules.chains)
    ns.close()
    return [loaded, added, left]


def test_thousands_of_services_load_within_a_stock_send_buffer(every_privilege: Isolated) -> None:
    loaded, added, left = every_privilege.run(_many, 2000, STOCK_LIMIT)
    assert loaded > 5
    assert added == 1
    assert left == 1


def _large_service() -> list[int]:
    """One Service with more endpoints than one transaction of the limit takes."""
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT, 30_000)
    pods = [Pod(node, host) for node in range(10) for host in range(2, 22)]
    web = service(**affinity(60))
    table.commit(
        {"": render_base(NODE1), "d/web": render_service(web, [endpoint_slice(*pods)], NODE1)}
    )
    counts = [table.transactions, len(table.rules.sets)]
    ns.close()
    return counts


def test_a_service_above_the_limit_is_split(isolated: Isolated) -> None:
    transactions, sets = isolated.run(_large_service)
    assert transactions > 3
    assert sets > 200


def _many_endpoints() -> int:
    """More elements in one map than one attribute of 64 KiB holds."""
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT)
    pods = [Pod(1, address=f"10.244.{n // 250}.{n % 250}") for n in range(1, 2501)]
    rules = render_service(service(), [endpoint_slice(*pods)], NODE1)
    table.commit({"": render_base(NODE1), "d/web": rules})
    count = table.transactions
    ns.close()
    return count


def test_a_service_of_thousands_of_endpoints(isolated: Isolated) -> None:
    assert isolated.run(_many_endpoints) >= 1


def _refused() -> list[object]:
    ns = NetNs.create()
    table = NftTable(ns, TABLE, TABLE_COMMENT)
    table.commit({"": render_base(NODE1)})
    bad = Rules(chains={"a": Chain((rule(Verdict("goto", "missing")),))})
    said: list[object] = []
    try:
        table.commit({"d/bad": bad})
    except NetlinkError as error:
        said.append(str(error))
    try:
        table.commit({"d/other": render_service(service(), [], NODE1)})
    except NetlinkError:
        said.append("the bad part is still wanted")
    good = Rules(chains={"a": Chain((rule(Verdict("drop")),))})
    table.commit({"d/bad": good})
    said.append(sorted(table.rules.chains) == sorted([*render_base(NODE1).chains, "a"]))
    ns.close()
    return said


def test_a_refusal_names_the_message_and_is_recovered_from(isolated: Isolated) -> None:
    error, still, recovered = isolated.run(_refused)
    assert error == "[Errno 2] add rule to a: No such file or directory"
    assert still == "the bad part is still wanted"
    assert recovered is True
