"""Quirks: recognised from what a cluster shows, told with a reference, and the same in the docs."""

from pathlib import Path
from typing import cast

import pytest

from kubeproof.cluster.base import Cluster
from kubeproof.cluster.facts import facts_of
from kubeproof.cluster.quirks import QUIRKS, Traits, quirks_of
from kubeproof.cluster.quirks_table import refreshed
from kubeproof.inventory import behaviours
from kubeproof.report.book import book_of
from kubeproof.report.conformance import report
from kubeproof.report.run import ClusterFacts, RunRecord
from kubeproof.report.wording import cluster_facts
from tests.cluster.shown import Shown, named, node

DOCUMENT = Path(__file__).parents[2] / "docs" / "quirks.md"


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda one: one.name)
def test_each_names_behaviours_and_a_reference(quirk: object) -> None:
    [one] = [known for known in QUIRKS if known is quirk]
    assert set(one.behaviours) <= behaviours().keys()
    assert one.behaviours
    assert one.reference.startswith("https://")
    assert one.says.endswith(".")
    assert not one.shown_by(Traits()), "a cluster that tells nothing has no known quirks"


def test_names_are_told_once() -> None:
    assert len({one.name for one in QUIRKS}) == len(QUIRKS)


@pytest.mark.parametrize(
    ("traits", "names"),
    [
        (Traits("klipper", mode="iptables"), {"klipper-local", "iptables-localhost"}),
        (Traits(proxy="Cilium"), {"cilium-in-place-of-kube-proxy"}),
        (Traits("cloud-provider-kind", "Proxy"), {"envoy-in-front", "ip-mode-proxy"}),
        (Traits(mode="iptables, ipvs"), {"iptables-localhost", "ipvs-localhost"}),
        (Traits("MetalLB", "VIP", mode="nftables"), {"nftables-primary-address"}),
    ],
)
def test_they_follow_from_the_implementation(traits: Traits, names: set[str]) -> None:
    assert names <= {one.name for one in quirks_of(traits)}


COREFILE = ".:53 {\n  kubernetes k.example in-addr.arpa {"


def facts(kind: str) -> ClusterFacts:
    """Those of a k3s cluster; the same objects in a sandbox would show nothing."""

    class OfNodes:
        api = Shown(
            {
                "Node": [node("a", k3s='["server"]')],
                "Service": [],
                "ConfigMap": [named("coredns", data={"Corefile": COREFILE})],
            }
        ).api

    made = OfNodes()
    made.__dict__["kind"] = kind
    return ClusterFacts.of(facts_of(cast(Cluster, made), {}))


def test_facts_have_the_quirks_and_reports_tell_them() -> None:
    run = RunRecord(cluster=facts("kubeconfig"))
    told = {one.name for one in run.cluster.quirks}
    assert {"klipper-local", "klipper-node-addresses", "iptables-localhost"} <= told
    assert run.cluster.dns_domain == "k.example"
    said = run.cluster.quirks[0]
    stated = report(run, [])["cluster"]["quirks"]
    assert [one["name"] for one in stated] == [one.name for one in run.cluster.quirks]
    assert f"{said.says} ({said.reference})" in dict(cluster_facts(book_of(run)))["Known of it"]


def test_the_sandbox_has_none() -> None:
    assert facts("sandbox").quirks == []


def test_the_table_in_the_documentation_is_this_one() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run: python -m kubeproof.cluster.quirks_table docs/quirks.md"
    assert all(one.says in text for one in QUIRKS)
    with pytest.raises(ValueError, match="no <!-- quirks -->"):
        refreshed("# Quirks\n")
