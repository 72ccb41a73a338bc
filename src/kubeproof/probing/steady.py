"""A client that goes on: it asks again and again, whether or not anybody listens to the answers."""

from threading import Condition, Event, Thread

from kubeproof.errors import CheckBroken
from kubeproof.probing.observation import Observation, Sample, Target
from kubeproof.probing.vantage import Vantage

_PAUSE = 0.01  # seconds between an answer and the next question


class SteadyVantage:
    """Asks one target without end, in a thread of its own, until it is stopped.

    ``ask`` listens: it returns tries that were begun after it was called. ``stop`` tells of every
    try; none is left out.
    """

    def __init__(self, vantage: Vantage, target: Target) -> None:
        self.name = vantage.name
        self.addresses = vantage.addresses
        self._vantage = vantage
        self._target = target
        self._seen: list[Observation] = []
        self._begun = 0
        self._changed = Condition()
        self._ending = Event()
        self._broken: Exception | None = None
        self._thread = Thread(target=self._go_on, name=f"{self.name} goes on", daemon=True)
        self._thread.start()

    def ask(self, target: Target, tries: int = 1, *, source: bool = False) -> Sample:
        """The next tries, from their beginning on.

        Raises:
            CheckBroken: it has been stopped, or what it goes on with has failed.
        """
        with self._changed:
            first = self._begun
            while len(self._seen) < first + tries:
                self._refuse_if_over()
                self._changed.wait(timeout=0.5)
            return Sample(self._seen[first : first + tries])

    def stop(self) -> Sample:
        """End it, and tell of every try.

        Raises:
            CheckBroken: what it goes on with has failed.
        """
        self._ending.set()
        self._thread.join()
        if self._broken is not None:
            raise CheckBroken(f"{self.name} did not go on: {self._broken}") from self._broken
        return Sample(self._seen)

    def _refuse_if_over(self) -> None:
        if not self._thread.is_alive():
            raise CheckBroken(f"{self.name} does not go on: {self._broken or 'it was stopped'}")

    def _go_on(self) -> None:
        try:
            while not self._ending.is_set():
                with self._changed:
                    self._begun += 1
                [seen] = self._vantage.ask(self._target)
                with self._changed:
                    self._seen.append(seen)
                    self._changed.notify_all()
                self._ending.wait(_PAUSE)
        except Exception as error:  # noqa: BLE001, told by whoever listens: a thread has nobody to raise to
            self._broken = error
