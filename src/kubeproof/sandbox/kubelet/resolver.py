"""Names looked up as Go's own resolver does: /etc/hosts, then DNS with a search list.

Source: resolv.conf(5) and the behaviour of Go's package net (pure Go resolver). Queries leave
from the process's own network namespace.
"""

import asyncio
import random
import socket
import struct
from collections.abc import Mapping

from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Question, Rcode, Type
from kubeproof.sandbox.dns.names import MalformedError
from kubeproof.sandbox.dns.targets import is_address
from kubeproof.sandbox.kubelet.golang import GoError, errno_text
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.kubelet.resolv_conf import ResolvConf

_PORT = 53
_EDNS = Edns(1232)
_NO_SUCH_HOST = "no such host"
_MISBEHAVING = "server misbehaving"


class LookupFailed(GoError):
    """A name that did not resolve; ``server`` is empty if none was asked."""

    def __init__(self, name: str, server: str, why: str) -> None:
        where = f" on {server}:{_PORT}" if server else ""
        super().__init__(f"lookup {name}{where}: {why}")
        self.server = server
        self.why = why


class Resolver:
    """Resolves for one Pod."""

    def __init__(self, namespace: Namespace, conf: ResolvConf, hosts: Mapping[str, str]) -> None:
        self._namespace = namespace
        self._conf = conf
        self._hosts = hosts

    async def lookup(self, name: str) -> list[str]:
        """The addresses of a name, IPv4 first; an address is its own. Raises LookupFailed."""
        if is_address(name):
            return [name]
        known = self._hosts.get(name.rstrip(".").lower())
        if known:
            return [known]
        failure: LookupFailed | None = None
        for candidate in self._candidates(name):
            try:
                return await self._ask_for_both(candidate)
            except LookupFailed as error:
                if failure is None or candidate != name + ".":
                    failure = error
        if failure is None:
            raise LookupFailed(name, "", _NO_SUCH_HOST)
        raise LookupFailed(name, failure.server, failure.why)

    def patient(self, timeout: float, attempts: int) -> "Resolver":
        """The same, with other limits than its resolv.conf has."""
        conf = self._conf._replace(timeout=timeout, attempts=attempts)
        return Resolver(self._namespace, conf, self._hosts)

    async def query(self, name: str, kind: int, *, search: bool = True) -> Message:
        """What DNS answers, whatever it is; with ``search`` up to the first name that exists.

        Raises LookupFailed if no server answers.
        """
        names = self._candidates(name) if search else [f"{name.rstrip('.')}."]
        for candidate in names[:-1]:
            reply = await self._ask_servers(candidate, kind)
            if reply.rcode == Rcode.NOERROR:
                return reply
        return await self._ask_servers(names[-1] if names else ".", kind)

    async def _ask_servers(self, name: str, kind: int) -> Message:
        failure = LookupFailed(name, "", _NO_SUCH_HOST)
        for _ in range(self._conf.attempts):
            for server in self._conf.nameservers:
                try:
                    return await self._exchange(server, name, kind)
                except LookupFailed as error:
                    failure = error
        raise failure

    def _candidates(self, name: str) -> list[str]:
        """The names that are tried, in order, each with a dot at its end."""
        if len(name) > 253 or not name:
            return []
        if name.endswith("."):
            return [name]
        full = f"{name}."
        searched = [f"{full}{suffix}." if suffix else full for suffix in self._conf.search]
        if name.count(".") >= self._conf.ndots:
            return [full, *searched]
        return [*searched, full]

    async def _ask_for_both(self, name: str) -> list[str]:
        """A and AAAA at once, as Go asks. Raises LookupFailed if neither gives an address."""
        answers = await asyncio.gather(
            *(self._ask(name, kind) for kind in (Type.A, Type.AAAA)), return_exceptions=True
        )
        found: list[str] = []
        failures: list[LookupFailed] = []
        for answer in answers:
            if isinstance(answer, LookupFailed):
                failures.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found += answer
        if found:
            return found
        raise failures[-1]

    async def _ask(self, name: str, kind: Type) -> list[str]:
        failure = LookupFailed(name, "", _NO_SUCH_HOST)
        for _ in range(self._conf.attempts):
            for server in self._conf.nameservers:
                try:
                    reply = await self._exchange(server, name, kind)
                except LookupFailed as error:
                    failure = error
                    continue
                if reply.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN):
                    return _addresses(reply, name, kind, server)
                failure = LookupFailed(name, server, _MISBEHAVING)
        raise failure

    async def _exchange(self, server: str, name: str, kind: int) -> Message:
        query = Message(
            random.getrandbits(16), Question(name, kind), recursion_desired=True, edns=_EDNS
        )
        raw = encode(query)
        try:
            reply = await self._over_udp(server, raw, query.id)
            return await self._over_tcp(server, raw) if reply.truncated else reply
        except GoError as error:
            raise LookupFailed(name, server, str(error)) from error

    async def _over_udp(self, server: str, raw: bytes, ident: int) -> Message:
        loop = asyncio.get_running_loop()
        with self._namespace.socket(kind=socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            ends = f"udp {server}:{_PORT}"
            try:
                sock.connect((server, _PORT))
                local = sock.getsockname()
                ends = f"udp {local[0]}:{local[1]}->{server}:{_PORT}"
                sock.send(raw)
                async with asyncio.timeout(self._conf.timeout):
                    while True:
                        message = _decoded(await loop.sock_recv(sock, 0xFFFF))
                        if message is not None and message.id == ident:
                            return message
            except TimeoutError as error:
                raise GoError(f"read {ends}: i/o timeout") from error
            except OSError as error:
                raise GoError(f"read {ends}: read: {errno_text(error)}") from error

    async def _over_tcp(self, server: str, raw: bytes) -> Message:
        loop = asyncio.get_running_loop()
        with self._namespace.socket() as sock:
            sock.setblocking(False)
            try:
                async with asyncio.timeout(self._conf.timeout):
                    await loop.sock_connect(sock, (server, _PORT))
                    await loop.sock_sendall(sock, struct.pack(">H", len(raw)) + raw)
                    return await self._read_tcp(sock)
            except TimeoutError as error:
                raise GoError(f"dial tcp {server}:{_PORT}: i/o timeout") from error
            except OSError as error:
                why = errno_text(error)
                raise GoError(f"dial tcp {server}:{_PORT}: connect: {why}") from error

    async def _read_tcp(self, sock: socket.socket) -> Message:
        loop = asyncio.get_running_loop()
        received = bytearray()
        while len(received) < 2 or len(received) < 2 + struct.unpack_from(">H", received)[0]:
            piece = await loop.sock_recv(sock, 0xFFFF)
            if not piece:
                raise GoError("EOF")
            received += piece
        message = _decoded(bytes(received[2:]))
        if message is None:
            raise GoError("cannot unmarshal DNS message")
        return message


def _decoded(raw: bytes) -> Message | None:
    try:
        return decode(raw)
    except MalformedError:
        return None


def _addresses(reply: Message, name: str, kind: Type, server: str) -> list[str]:
    found = [str(record.data) for record in reply.answer if record.type == kind]
    if not found:
        raise LookupFailed(name, server, _NO_SUCH_HOST)
    return found
