"""Lists need not be newer than what is known, and never contradict it."""

from kubeproof.cluster.freshness import Freshness
from kubeproof.model import Object

POD, SLICE = ("v1", "Pod"), ("discovery.k8s.io/v1", "EndpointSlice")


def told(version: str) -> Object:
    return {"metadata": {"resourceVersion": version}}


def test_what_nothing_is_known_of_has_to_be_as_new_as_can_be() -> None:
    assert Freshness().asked_of(POD) is None


def test_the_newest_that_is_known_counts_for_its_kind_alone() -> None:
    known = Freshness()
    for version in ("41", "107", "9"):
        known.met(POD, told(version))
    assert (known.asked_of(POD), known.asked_of(SLICE)) == ("107", None)


def test_what_cannot_be_compared_is_left_alone() -> None:
    known = Freshness()
    known.met(POD, told("opaque"))
    known.met(POD, {})
    assert known.asked_of(POD) is None


def test_nothing_is_known_after_a_deletion() -> None:
    known = Freshness()
    known.met(POD, told("41"))
    known.unsure(POD)
    assert known.asked_of(POD) is None
