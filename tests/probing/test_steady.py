"""A client that goes on: what it tells whoever listens, and that it tells of every try."""

import threading

import pytest

from kubeproof.errors import CheckBroken
from kubeproof.probing import Outcome, Sample, Target
from kubeproof.probing.steady import SteadyVantage
from tests.probing.vantages import FakeVantage, always, door, first, never


def test_it_asks_without_being_asked_and_tells_of_every_try() -> None:
    vantage = FakeVantage(always("pod-1"))
    steady = SteadyVantage(vantage, door("a"))
    assert steady.ask(door("a"), 3).pods() == {"pod-1": 3}
    told = steady.stop()
    assert len(told) == vantage.tries
    assert len(told) >= 3


def test_whoever_listens_hears_only_what_began_afterwards() -> None:
    vantage = FakeVantage(first(1, always("pod-old"), always("pod-new")))
    steady = SteadyVantage(vantage, door("a"))
    steady.ask(door("a"), 1)
    assert steady.ask(door("a"), 2).pods() == {"pod-new": 2}
    assert steady.stop().pods()["pod-old"] == 1


def test_it_has_the_name_and_the_addresses_of_the_client() -> None:
    vantage = FakeVantage(never(Outcome.TIMED_OUT), name="a Pod")
    steady = SteadyVantage(vantage, door("a"))
    assert (steady.name, steady.addresses) == ("a Pod", vantage.addresses)
    steady.stop()


def test_one_that_has_stopped_cannot_be_listened_to() -> None:
    steady = SteadyVantage(FakeVantage(always("pod-1")), door("a"))
    steady.stop()
    with pytest.raises(CheckBroken, match="does not go on: it was stopped"):
        steady.ask(door("a"), 10_000)


def test_what_fails_it_is_told() -> None:
    begun = threading.Event()

    class Failing(FakeVantage):
        def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
            begun.set()
            raise CheckBroken("no socket")

    steady = SteadyVantage(Failing(always("pod-1")), door("a"))
    assert begun.wait(5)
    with pytest.raises(CheckBroken, match="did not go on: no socket"):
        steady.stop()
