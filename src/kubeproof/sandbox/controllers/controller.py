"""What all controllers share: they watch, they queue keys, and a fault may stop them."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import ClassVar, Generic, TypeAlias, TypeVar

from kubeproof.sandbox.api.registry import Registry
from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.controllers.client import Client
from kubeproof.sandbox.controllers.queue import WorkQueue
from kubeproof.sandbox.controllers.timestamps import Clock, system_clock
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import key_of

K = TypeVar("K", bound=Hashable)
Key: TypeAlias = tuple[str, str]
"""Namespace and name."""

Handler: TypeAlias = Callable[[Event], None]


class Controller(Generic[K]):
    """Brings the world to what objects ask for, one key at a time, right after each event.

    Reads go to the store (objects there are read only), writes through the registry.
    """

    stopped_by: ClassVar[str] = ""
    """The fault under which this controller does nothing; none if empty."""

    def __init__(self, registry: Registry, faults: Faults, clock: Clock = system_clock) -> None:
        self.client = Client(registry)
        self.faults = faults
        self.clock = clock
        self.queue: WorkQueue[K] = WorkQueue(self._work)
        self._unsubscribe: list[Callable[[], None]] = []
        self._stopped_by_fault = False
        faults.subscribe(self._faults_changed)

    @property
    def store(self) -> Store:
        """The objects to read; whoever changes one copies it first."""
        return self.client.store

    def watches(self) -> Mapping[str, Handler]:
        """For every resource that matters, what to note of its events."""
        raise NotImplementedError

    def everything(self) -> Iterable[K]:
        """Every key there is to look at: at the start, and after a fault was lifted."""
        raise NotImplementedError

    def reconcile(self, key: K) -> None:
        """Do what is missing for one key. ApiError brings the key back later."""
        raise NotImplementedError

    def start(self) -> None:
        """Watch, and look at everything once. Needs a running event loop."""
        self.queue.start()
        self._unsubscribe = [
            self.store.subscribe(resource, handler) for resource, handler in self.watches().items()
        ]
        self._stopped_by_fault = self._is_stopped()
        self.look_at_everything()

    def stop(self) -> None:
        """Watch no more and forget what was queued."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        self.queue.stop()

    def look_at_everything(self) -> None:
        """Queue every key there is; without effect before the start."""
        if self._unsubscribe:
            for key in self.everything():
                self.queue.add(key)

    def _work(self, key: K) -> None:
        if not self._is_stopped():
            self.reconcile(key)

    def _is_stopped(self) -> bool:
        return bool(self.stopped_by) and self.faults.active(self.stopped_by)

    def _faults_changed(self) -> None:
        was_stopped, self._stopped_by_fault = self._stopped_by_fault, self._is_stopped()
        if was_stopped and not self._stopped_by_fault:
            self.look_at_everything()


def enqueue_in(queue: WorkQueue[Key]) -> Handler:
    """The usual handler: queue the key of the object that the event is about."""

    def enqueue(event: Event) -> None:
        queue.add(key_of(event.object))

    return enqueue
