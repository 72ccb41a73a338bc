"""Every fault the sandbox knows is registered, and nothing else; what is said of them is sound."""

import re
from pathlib import Path

import pytest

from kubeproof.errors import Misuse
from kubeproof.faults import FAULTS, Fault, Place, check, faults_of, named
from kubeproof.faults.on_nodes import ON_NODES
from kubeproof.faults.table import refreshed
from kubeproof.faults.trial import SECOND
from kubeproof.inventory import behaviours
from kubeproof.sandbox.fault_names import FAULTS as OF_THE_SANDBOX

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
SEED = [one.id for one in behaviours().values() if one.seed]
each_fault = pytest.mark.parametrize(
    "fault", [*FAULTS.values(), *ON_NODES.values()], ids=lambda one: one.name
)


def test_the_sandbox_s_faults_and_no_others() -> None:
    assert FAULTS.keys() == OF_THE_SANDBOX.keys()


def test_there_are_sixty_at_least() -> None:
    assert len(FAULTS) >= 60


def test_every_place_has_faults() -> None:
    assert {one.acts for one in FAULTS.values()} == set(Place)


@pytest.mark.parametrize("behaviour", SEED)
def test_every_behaviour_of_the_seed_has_a_fault_that_must_redden_it(behaviour: str) -> None:
    assert [one.name for one in FAULTS.values() if behaviour in one.caught_by]


@each_fault
def test_somebody_must_notice_it(fault: Fault) -> None:
    assert fault.behaviours
    assert set(fault.behaviours) <= behaviours().keys()
    assert not set(fault.caught_by) & set(fault.breaks)


@each_fault
def test_it_is_told_in_a_sentence_with_a_reference(fault: Fault) -> None:
    assert re.fullmatch(r"[A-Za-z][^.]+\.", fault.sentence)
    assert re.fullmatch(r"https://(github\.com|kubernetes\.io)/\S+", fault.reference)
    assert fault.seen_before == ("github.com" in fault.reference)


@each_fault
def test_its_signs_tell_one_failure_from_another(fault: Fault) -> None:
    for sign in fault.caught_by.values():
        assert re.compile(sign)
        assert not re.match(sign, "")
        assert not re.match(sign, "the API server does not answer")


def test_no_name_or_sentence_is_used_twice() -> None:
    sentences = [one.sentence for one in FAULTS.values()]
    assert len(set(sentences)) == len(sentences)


def test_the_switch_is_bound_to_a_node_where_the_fault_is_one_node_s() -> None:
    assert named("no-masquerade").switch == "no-masquerade"
    assert named("node-link-cut").switch == "node-link-cut@k8s-node2"


def test_eight_faults_can_be_done_to_real_nodes() -> None:
    assert len(ON_NODES) >= 8
    assert {one.node for one in ON_NODES.values()} == {"second", "every"}


@pytest.mark.parametrize("fault", ON_NODES.values(), ids=lambda one: one.name)
def test_who_notices_a_fault_of_one_node_names_that_node(fault: Fault) -> None:
    for sign in fault.caught_by.values():
        assert (SECOND in sign) == (fault.node == "second")


def test_each_kind_of_cluster_has_its_own_faults() -> None:
    assert faults_of("sandbox") is FAULTS
    assert faults_of("k3d") is faults_of("kubeconfig") is ON_NODES
    assert named("node-link-cut", "k3d").switch == "node-link-cut@second"


@pytest.mark.parametrize("name", ["no-masquerade", "no-masquerade@k8s-node3"])
def test_a_name_with_or_without_a_node(name: str) -> None:
    assert named(name).name == "no-masquerade"


def test_a_misspelt_name_is_refused_with_those_like_it() -> None:
    with pytest.raises(Misuse, match=r"unknown fault 'no-masquerad'; did you mean no-masquerade"):
        check(["no-reject", "no-masquerad"])


def test_a_part_of_a_name_finds_the_whole() -> None:
    with pytest.raises(Misuse, match="udp-conntrack-kept"):
        named("udp")


def test_a_name_like_none_is_refused_with_where_they_stand() -> None:
    with pytest.raises(Misuse, match=r"unknown fault 'qqqq'; docs/faults.md lists them"):
        named("qqqq")


def test_the_table_in_the_documentation_is_the_registry_s() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run: python -m kubeproof.faults.table docs/faults.md"
    for fault in FAULTS.values():
        assert f"| `{fault.name}` | {fault.sentence}" in text


def test_a_document_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no <!-- faults -->"):
        refreshed("# Faults\n")
