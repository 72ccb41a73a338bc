"""nftables transactions: messages that take effect together, in one datagram."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator, Sequence

from kubeproof.sandbox.network.netlink import (
    HEADER_SIZE,
    NLM_F_ACK,
    NLMSG_ERROR,
    Message,
    NetlinkError,
    NetlinkSocket,
    failure,
    framed,
    frames,
)
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.proxy.nfnetlink import BATCH_BEGIN, BATCH_END, batch_mark

_NETLINK_NETFILTER = 12
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
_WANTED_BUFFER = 4 << 20
_RECEIVE = 1 << 18
# The kernel keeps 32 bytes of the buffer for itself; begin and end need 20 each.
_OVERHEAD = 32 + 2 * (HEADER_SIZE + 4)

# Messages which must be in the same transaction.
Atom = Sequence[Message]
# Atoms which should be, if they fit.
Piece = Sequence[Atom]


def netfilter_socket(ns: NetNs) -> socket.socket:
    """A socket to the netfilter part of a namespace's kernel."""
    return ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)


class Transactions:
    """Carries out messages over one netfilter socket."""

    def __init__(self, sock: socket.socket, limit: int = 0) -> None:
        self.count = 0
        self._netlink = NetlinkSocket(sock)
        allowed = _enlarged(sock) - _OVERHEAD
        self._limit = min(limit, allowed) if limit else allowed

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()

    def run(self, pieces: Iterable[Piece]) -> None:
        """Carry out pieces in order, in as few transactions as their size allows.

        A piece is split only if it is too large by itself, between its atoms. Raises
        NetlinkError at the first transaction that fails; that one changes nothing.
        """
        for batch in packed(pieces, self._limit):
            self._commit(batch)

    def _commit(self, messages: Sequence[Message]) -> None:
        # Kernels before 6.10 acknowledge no BATCH_END, so the last message before it is asked to.
        last = messages[-1]
        asked = Message(last.kind, last.flags | NLM_F_ACK, last.payload, last.meaning)
        begin, end = batch_mark(BATCH_BEGIN), batch_mark(BATCH_END)
        whole = [begin, *messages[:-1], asked, end]
        numbered = {self._netlink.next_sequence(): message for message in whole}
        self._netlink.send([framed(message, number) for number, message in numbered.items()])
        self.count += 1
        self._collect(numbered, max(numbered) - 1)

    def _collect(self, numbered: dict[int, Message], last: int) -> None:
        """Read every answer; they are all there when the kernel has taken the datagram."""
        error: NetlinkError | None = None
        answered = False
        for sequence, payload in self._answers():
            code, words = failure(payload)
            answered = answered or sequence == last
            if code and error is None:
                meaning = numbered[sequence].meaning if sequence in numbered else "transaction"
                said = f" ({words})" if words else ""
                error = NetlinkError(code, f"{meaning}: {os.strerror(code)}{said}")
        if error:
            raise error
        if not answered:
            raise NetlinkError(0, "the kernel did not acknowledge a transaction")

    def _answers(self) -> Iterator[tuple[int, bytes]]:
        while True:
            try:
                data = self._netlink.socket.recv(_RECEIVE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                continue  # so many errors that some were lost; the first ones were not
            for kind, _, sequence, payload in frames(data):
                if kind == NLMSG_ERROR:
                    yield sequence, payload


def packed(pieces: Iterable[Piece], limit: int) -> Iterator[list[Message]]:
    """Distribute pieces over transactions of at most ``limit`` bytes, in order.

    A single atom above the limit is a transaction of its own, for the kernel to judge.
    """
    batch: list[Message] = []
    used = 0
    for piece in pieces:
        size = sum(_size(atom) for atom in piece)
        whole = [message for atom in piece for message in atom]
        for atom in [whole] if size <= limit else piece:
            extent = _size(atom)
            if batch and used + extent > limit:
                yield batch
                batch, used = [], 0
            batch.extend(atom)
            used += extent
    if batch:
        yield batch


def _size(atom: Atom) -> int:
    return sum(HEADER_SIZE + (len(message.payload) + 3 & ~3) for message in atom)


def _enlarged(sock: socket.socket) -> int:
    """Ask for large buffers and say what the send buffer became."""
    for force, polite in (
        (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
        (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
    ):
        try:
            sock.setsockopt(socket.SOL_SOCKET, force, _WANTED_BUFFER)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, polite, _WANTED_BUFFER)
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
