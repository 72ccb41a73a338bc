"""The images that the sandbox's nodes have, and the programs in them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from kubeproof.sandbox.kubelet.dial import TIMEOUT
from kubeproof.sandbox.kubelet.flags import UsageError
from kubeproof.sandbox.kubelet.netexec import NetExec
from kubeproof.sandbox.kubelet.pause import AgnhostPause, Pause
from kubeproof.sandbox.kubelet.process import Process, Program
from kubeproof.sandbox.kubelet.serve_hostname import ServeHostname

Factory: TypeAlias = Callable[[Process, Sequence[str]], Program]
"""Makes a program from its process and its arguments. Raises UsageError."""

_AGNHOST: Mapping[str, Factory] = {
    "pause": AgnhostPause,
    "serve-hostname": ServeHostname,
}


class NoSuchExecutable(Exception):
    """The image has no such program; the text is the container runtime's."""


class Image(NamedTuple):
    """One image: its entrypoint, its default arguments, and what its programs are.

    ``commands`` are the subcommands of the entrypoint; one named "" takes all arguments itself.
    """

    name: str
    entrypoint: str
    default: tuple[str, ...]
    commands: Mapping[str, Factory]

    def program(
        self, process: Process, command: Sequence[str], arguments: Sequence[str]
    ) -> Program:
        """The program that a container runs, by its ``command`` and ``args``.

        Raises NoSuchExecutable, and UsageError for arguments that the program does not take.
        """
        words = [*command, *arguments] if command else [self.entrypoint, *arguments]
        if not command and not arguments:
            words += self.default
        if words[0].rsplit("/", 1)[-1] != self.entrypoint.rsplit("/", 1)[-1]:
            raise NoSuchExecutable(self._not_found(words[0]))
        if "" in self.commands:
            return self.commands[""](process, words[1:])
        name = words[1] if len(words) > 1 else ""
        if name not in self.commands:
            raise UsageError(f'unknown command "{name}" for "app"; {self._offers()}')
        return self.commands[name](process, words[2:])

    def _not_found(self, path: str) -> str:
        return (
            f'exec: "{path}": executable file not found: the sandbox runs no programs of the host '
            f"and of {self.name} only {self.entrypoint}; {self._offers()}"
        )

    def _offers(self) -> str:
        known = ", ".join(name for name in self.commands if name)
        return f"the sandbox offers: {known or self.entrypoint}"


class Images:
    """Every image there is. CoreDNS's program is made by ``dns``, which knows the cluster."""

    def __init__(self, dns: Factory, dial_timeout: float = TIMEOUT) -> None:
        agnhost = {"netexec": partial(NetExec, dial_timeout=dial_timeout), **_AGNHOST}
        known = (
            Image("agnhost", "/agnhost", ("pause",), agnhost),
            Image("pause", "/pause", (), {"": Pause}),
            Image("coredns", "/coredns", (), {"": dns}),
        )
        self._images = {image.name: image for image in known}

    def find(self, reference: str) -> Image | None:
        """The image by the last element of its repository; registry and tag do not matter."""
        return self._images.get(repository(reference).rsplit("/", 1)[-1])

    @property
    def names(self) -> tuple[str, ...]:
        """The last elements of the repositories that there are."""
        return tuple(self._images)


def repository(reference: str) -> str:
    """A reference without its digest and its tag."""
    name = reference.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def tagged(reference: str) -> str:
    """A reference with its tag; ``latest`` where it has neither tag nor digest."""
    has_tag = ":" in reference.rsplit("/", 1)[-1]
    return reference if has_tag else f"{reference}:latest"


def image_id(reference: str) -> str:
    """An image's id: one for each reference, as there is no image to make a digest of."""
    return f"sha256:{sha256(tagged(reference).encode()).hexdigest()}"
