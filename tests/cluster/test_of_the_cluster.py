"""What scenarios make of the cluster as a whole: names that nobody else has, verbs, refusals."""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

import pytest

from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.clean import leftovers, remove
from kubeproof.cluster.companions import Companions
from kubeproof.cluster.run import Run
from kubeproof.cluster.verbs import try_out
from kubeproof.cluster.workload import Attempt, Workload
from kubeproof.errors import PromiseBroken
from kubeproof.manifest import Manifest
from kubeproof.model import Object
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.waiting import SANDBOX

VERBS = ["read", "listed", "watched", "patched", "replaced", "deleted"]
VERSION = "networking.k8s.io/v1"
RANGE: Object = {
    "apiVersion": VERSION,
    "kind": "ServiceCIDR",
    "metadata": {"name": "extra"},
    "spec": {"cidrs": ["10.200.7.0/24"]},
}
ADDRESS: Object = {
    "apiVersion": VERSION,
    "kind": "IPAddress",
    "metadata": {"name": "2001:db8::1"},
    "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "svc-1"}},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox.start(Options(nodes=1))
    yield made
    made.close()


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Api:
    return Api(configuration_of(text=sandbox.kubeconfig()))


@pytest.fixture
def companions(api: Api) -> Iterator[Companions]:
    run = Run(api, SANDBOX)
    manifest = Manifest(Path("x.yaml"), (RANGE, ADDRESS))
    made = Companions(Workload(api, run.make_namespace("x"), manifest, run.labels, SANDBOX))
    yield made
    made.clear()
    run.finish()


def test_an_address_is_called_by_one_that_nobody_has(companions: Companions) -> None:
    names = {companions.create("IPAddress", "2001:db8::1")["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(IPv6Address(name) in IPv6Network("2001:db8::/32") for name in names)


def test_an_address_has_every_verb(companions: Companions) -> None:
    companions.create("IPAddress", "2001:db8::1")
    try_out(companions.subject("IPAddress", "2001:db8::1"), VERBS)
    assert companions.named("IPAddress", "2001:db8::1") == []


def test_what_a_finalizer_holds_counts_as_deleted(companions: Companions) -> None:
    companions.create("ServiceCIDR", "extra")
    try_out(companions.subject("ServiceCIDR", "extra"), VERBS)
    [held] = companions.named("ServiceCIDR", "extra")
    assert held["metadata"]["finalizers"]
    assert "deletionTimestamp" in held["metadata"]


def test_another_range_is_refused(companions: Companions) -> None:
    companions.create("ServiceCIDR", "extra")
    seen = companions.change_range("extra", "10.200.8.0/24", Attempt("svc-1"))
    assert seen.what == "ServiceCIDR extra"
    assert seen.refusal is not None
    assert "field is immutable" in seen.refusal.message


def test_a_range_that_may_change_is_told_to_have_changed(
    sandbox: Sandbox, companions: Companions
) -> None:
    companions.create("ServiceCIDR", "extra")
    sandbox.set_faults(["service-cidr-changeable"])
    seen = companions.change_range("extra", "10.200.8.0/24", Attempt("svc-1"))
    sandbox.set_faults([])
    assert seen.refusal is None


def test_a_verb_that_is_refused_breaks_the_promise(companions: Companions) -> None:
    with pytest.raises(PromiseBroken, match="IPAddress 2001:db8::2 can be read; seen: "):
        try_out(companions.subject("IPAddress", "2001:db8::2"), ["read"])


def test_an_address_of_a_killed_run_is_removed(api: Api, companions: Companions) -> None:
    made = companions.create("IPAddress", "2001:db8::1")["metadata"]["name"]
    said: list[str] = []
    found = [one for one in leftovers(api) if one.kind == "IPAddress"]
    remove(api, found, SANDBOX, said.append)
    assert [line.split(" of run ")[0] for line in said] == [f"removing IPAddress {made}"]
    assert companions.named("IPAddress", "2001:db8::1") == []
