"""What the cluster's DNS knows: Services, their endpoints and the namespaces, kept up to date.

A directory follows the store without delay. While the fault ``dns-stale`` is on it stands still.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeAlias

from kubeproof.sandbox.api.store import Event, Store
from kubeproof.sandbox.faults import Faults
from kubeproof.sandbox.objects import Object, key_of, labels_of, name_of, namespace_of

Key: TypeAlias = tuple[str, str]
"""Namespace and name of a Service."""

_SERVICE_LABEL = "kubernetes.io/service-name"
_NO_PORT: Object = {"name": "", "port": -1, "protocol": ""}


class Port(NamedTuple):
    """A port as SRV records speak of it; number -1 where an endpoint declares none."""

    name: str
    protocol: str
    number: int


class Endpoint(NamedTuple):
    """One ready address of a Service, and the label under which it is found below its name."""

    address: str
    label: str
    ports: tuple[Port, ...]


class Directory(Protocol):
    """The facts that answers are made of."""

    @property
    def serial(self) -> int:
        """The moment of the last change, in seconds since the epoch: the zone's serial."""
        ...

    def has_namespace(self, name: str) -> bool:
        """Whether there is such a namespace."""
        ...

    def service(self, namespace: str, name: str) -> Object | None:
        """A Service; None where there is none."""
        ...

    def endpoints(self, namespace: str, name: str) -> Iterable[Endpoint]:
        """The ready endpoints of a Service."""
        ...

    def services_at(self, address: str) -> Iterable[Key]:
        """The Services which have a ClusterIP."""
        ...

    def endpoints_at(self, address: str) -> Iterable[tuple[Key, Endpoint]]:
        """The ready endpoints with an address, and whose they are."""
        ...


class StoreDirectory:
    """A directory of what a store holds."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.serial = int(time.time())
        self._store = store
        self._faults = faults
        self._namespaces: set[str] = set()
        self._services: dict[Key, Object] = {}
        self._slices: dict[Key, dict[str, Object]] = {}
        self._stale = False
        self._unsubscribe: list[Callable[[], None]] = []

    def start(self) -> None:
        """Read everything, and follow the store from now on."""
        kinds = {
            "namespaces": self._namespace_changed,
            "services": self._service_changed,
            "endpointslices": self._slice_changed,
        }
        self._unsubscribe = [
            self._store.subscribe(kind, self._unless_stale(note)) for kind, note in kinds.items()
        ]
        self._faults.subscribe(self._faults_changed)
        self._read_everything()
        self._stale = self._faults.active("dns-stale")

    def stop(self) -> None:
        """Follow the store no longer."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []

    def has_namespace(self, name: str) -> bool:
        """Whether there is such a namespace."""
        return name in self._namespaces

    def service(self, namespace: str, name: str) -> Object | None:
        """A Service; None where there is none."""
        return self._services.get((namespace, name))

    def endpoints(self, namespace: str, name: str) -> Iterator[Endpoint]:
        """The ready endpoints of a Service, in the order of its EndpointSlices' names."""
        slices = self._slices.get((namespace, name), {})
        for key in sorted(slices):
            yield from ready_endpoints(
                slices[key],
                unready=self._faults.active("dns-unready-included"),
                named=not self._faults.active("dns-hostnames-ignored"),
            )

    def services_at(self, address: str) -> Iterator[Key]:
        """The Services which have a ClusterIP."""
        for key, service in self._services.items():
            if address in (service.get("spec", {}).get("clusterIPs") or ()):
                yield key

    def endpoints_at(self, address: str) -> Iterator[tuple[Key, Endpoint]]:
        """The ready endpoints with an address, and whose they are."""
        for key in self._slices:
            for endpoint in self.endpoints(*key):
                if endpoint.address == address:
                    yield key, endpoint
                    break

    def _unless_stale(self, change: Callable[[Event], None]) -> Callable[[Event], None]:
        def note(event: Event) -> None:
            if not self._stale:
                self.serial = int(time.time())
                change(event)

        return note

    def _namespace_changed(self, event: Event) -> None:
        name = name_of(event.object)
        if event.type == "DELETED":
            self._namespaces.discard(name)
        else:
            self._namespaces.add(name)

    def _service_changed(self, event: Event) -> None:
        if event.type == "DELETED":
            self._services.pop(key_of(event.object), None)
        else:
            self._services[key_of(event.object)] = event.object

    def _slice_changed(self, event: Event) -> None:
        for obj in (event.old, event.object):
            if obj is not None:
                self._drop_slice(obj)
        if event.type != "DELETED":
            self._add_slice(event.object)

    def _add_slice(self, slice_: Object) -> None:
        owner = _owner(slice_)
        if owner is not None:
            self._slices.setdefault(owner, {})[name_of(slice_)] = slice_

    def _drop_slice(self, slice_: Object) -> None:
        owner = _owner(slice_)
        slices = self._slices.get(owner) if owner is not None else None
        if owner is not None and slices is not None:
            slices.pop(name_of(slice_), None)
            if not slices:
                del self._slices[owner]

    def _read_everything(self) -> None:
        self._namespaces = {name_of(item) for item in self._store.list("namespaces")}
        self._services = {key_of(item): item for item in self._store.list("services")}
        self._slices = {}
        for slice_ in self._store.list("endpointslices"):
            self._add_slice(slice_)

    def _faults_changed(self) -> None:
        stale = self._faults.active("dns-stale")
        if self._stale and not stale:
            self._read_everything()
            self.serial = int(time.time())
        self._stale = stale


def ready_endpoints(
    slice_: Object, *, unready: bool = False, named: bool = True
) -> Iterator[Endpoint]:
    """The addresses of one EndpointSlice that DNS publishes: those which are ready.

    A Service that publishes addresses of Pods which are not ready has them marked ready. Faults
    publish the ``unready`` ones too, or leave their hostnames out.
    """
    ports = tuple(
        Port(
            str(port.get("name") or ""),
            str(port.get("protocol") or "TCP"),
            int(port.get("port") or -1),
        )
        for port in slice_.get("ports") or (_NO_PORT,)
    )
    for endpoint in slice_.get("endpoints") or ():
        conditions: Object = endpoint.get("conditions") or {}
        if conditions.get("ready") is False and not unready:
            continue
        if not named:
            endpoint = {name: endpoint[name] for name in endpoint if name != "hostname"}
        for address in endpoint.get("addresses") or ():
            yield Endpoint(str(address), _label(endpoint, str(address)), ports)


def _label(endpoint: Object, address: str) -> str:
    return str(endpoint.get("hostname") or address.replace(".", "-").replace(":", "-"))


def _owner(slice_: Object) -> Key | None:
    name = labels_of(slice_).get(_SERVICE_LABEL)
    return (namespace_of(slice_), name) if name else None
