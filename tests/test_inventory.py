"""The inventory of documented behaviours."""

from collections import Counter

import pytest

from kubeproof.inventory import ID, behaviours


def test_the_table_has_every_behaviour_and_no_id_twice() -> None:
    assert len(behaviours()) == 232
    assert all(ID.fullmatch(one) for one in behaviours())


def test_the_seed_claims_thirty_seven_of_them() -> None:
    areas = Counter(id.partition("-")[0] for id, one in behaviours().items() if one.seed)
    assert areas == {"cip": 11, "np": 9, "etp": 5, "lb": 7, "op": 5}


def test_a_claim_with_commas_and_quotes_is_read_whole() -> None:
    assert behaviours()["np-08"].claim == (
        'A nodePort outside the range is rejected ("provided port is not in the valid range")'
    )


def test_every_behaviour_says_what_is_promised_and_where() -> None:
    for id, one in behaviours().items():
        assert one.id == id
        assert one.claim, id
        assert one.source, id


def test_upstream_tests_are_told_one_by_one() -> None:
    assert behaviours()["cip-05"].upstream == (
        "should update endpoints: http",
        "should be able to up and down services",
    )
    assert behaviours()["cip-01"].upstream == ()


def test_conformance_means_that_a_conformance_test_exists() -> None:
    assert behaviours()["cip-02"].conformance
    assert not behaviours()["cip-03"].conformance
    assert all(one.upstream for one in behaviours().values() if one.conformance)


@pytest.mark.parametrize("text", ["np-3", "np-003", "NP-03", "np03", "np-03 ", "-03", ""])
def test_what_is_no_id(text: str) -> None:
    assert not ID.fullmatch(text)
