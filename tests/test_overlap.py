"""Asking again while the first try is still silent."""

from collections.abc import Callable
from threading import Event

from kubeproof.overlap import begun_early, first_right


def after_silence(silent: int, answer: str, held: Event) -> Callable[[], str]:
    """The first tries are silent until they are let go; each that follows is answered."""
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        if len(asked) <= silent:
            held.wait(10)
            return "late"
        return answer

    return ask


def test_a_silent_try_is_not_waited_for() -> None:
    held = Event()
    assert first_right(after_silence(2, "right", held), lambda one: one == "right", 0.01) == "right"
    held.set()


def test_a_wrong_answer_is_told_where_no_try_is_right() -> None:
    held = Event()
    assert first_right(after_silence(1, "wrong", held), lambda one: one == "right", 0.01) == "wrong"
    held.set()


def test_a_try_that_ends_soon_is_waited_for() -> None:
    assert begun_early(lambda: "now", 5).done()


def test_a_try_that_is_silent_is_built_upon() -> None:
    held = Event()
    begun = begun_early(after_silence(1, "", held), 0.01)
    assert not begun.done()
    held.set()
    assert begun.result(5) == "late"
