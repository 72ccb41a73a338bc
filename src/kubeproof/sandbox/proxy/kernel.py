"""A table in the kernel, kept up to date by small transactions.

Only what changes is sent, because replacing a table empties its affinity sets, and because a
transaction is one datagram, whose size the send buffer limits: an ordinary user cannot raise
that above net.core.wmem_max (212,992 bytes on stock systems).
"""

import errno
from collections.abc import Iterator, Mapping, Sequence

from kubeproof.sandbox.network.netlink import NetlinkError
from kubeproof.sandbox.network.netns import NetNs
from kubeproof.sandbox.proxy.changes import Change, OwnerChange, Parts
from kubeproof.sandbox.proxy.datatypes import DataType
from kubeproof.sandbox.proxy.encoding import next_set_number, rule_messages
from kubeproof.sandbox.proxy.model import Rules
from kubeproof.sandbox.proxy.nfnetlink import TableMessages
from kubeproof.sandbox.proxy.transaction import Atom, Transactions, netfilter_socket


class NftTable:
    """One table of one namespace, made of parts that have owners.

    Needs CAP_NET_ADMIN there. ``limit`` caps a transaction's size in bytes, below what the
    socket allows.
    """

    def __init__(self, ns: NetNs, name: str, comment: str = "", limit: int = 0) -> None:
        self._transactions = Transactions(netfilter_socket(ns), limit)
        self._messages = TableMessages(name)
        self._comment = comment
        self._created = False
        self._unknown = False
        self._parts = Parts()
        self._types: dict[str, Sequence[DataType]] = {}
        self._stale: set[str] = set()

    @property
    def rules(self) -> Rules:
        """What the table holds, as it was programmed last."""
        return self._parts.whole()

    @property
    def transactions(self) -> int:
        """How many transactions were carried out so far."""
        return self._transactions.count

    def commit(self, parts: Mapping[str, Rules | None]) -> None:
        """Give owners new parts; None takes an owner's part away.

        The change of one owner is atomic, and the change as a whole if it fits one transaction.
        NetlinkError, which names the message, means that the table is in an unknown state.
        """
        change = self._parts.replace(parts)
        for part in parts.values():
            if part:
                self._types.update((name, one.types) for name, one in part.sets.items())
        if self._unknown:
            self.reload()
            return
        self._unknown = True
        self._apply(change)
        self._unknown = False

    def reload(self) -> None:
        """Replace the whole table by what it should hold; affinity sets are empty then.

        ``commit`` does so by itself after one that failed.
        """
        self._unknown = True
        whole = self._parts.as_given()
        fresh = Parts()
        change = fresh.replace(whole)
        self._stale.clear()
        self._created = False
        anew = (self._messages.create_table(""), self._messages.delete_table())
        self._transactions.run([[anew]])
        self._apply(change)
        self._parts = fresh
        self._unknown = False

    def _apply(self, change: Change) -> None:
        pieces = list(self._pieces(change))
        if pieces:
            self._transactions.run(pieces)
            self._created = True
        self._sweep()

    def close(self) -> None:
        """Close the socket; the table stays."""
        self._transactions.close()

    def _pieces(self, change: Change) -> Iterator[list[Atom]]:
        if not self._created:
            yield [(self._messages.create_table(self._comment),)]
        lost = change.lost_elements.items()
        gone = [tuple(self._messages.delete_elements(n, self._types[n], keys)) for n, keys in lost]
        if gone:
            yield [*gone]
        for owner in change.owners.values():
            self._stale -= owner.chains.keys()
            self._stale.update(owner.lost_chains)
            yield [*self._lose(owner), *self._gain(owner)]

    def _lose(self, owner: OwnerChange) -> Iterator[Atom]:
        """Sets can go when no rule refers to them any more."""
        for name in (*owner.rewritten, *owner.lost_chains):
            yield (self._messages.flush_chain(name),)
        for name in (*owner.replaced, *owner.lost_sets):
            yield (self._messages.delete_set(name),)

    def _gain(self, gain: OwnerChange) -> Iterator[Atom]:
        """Rules name chains and sets, so those come first; elements name chains."""
        for name, one in gain.sets.items():
            yield (self._messages.create_set(name, one, next_set_number()),)
        for name, one in gain.chains.items():
            if name not in gain.rewritten:
                yield (self._messages.create_chain(name, one),)
        for name, one in gain.chains.items():
            for rule in one.rules:
                yield rule_messages(self._messages, name, rule)
        for name, elements in gain.elements.items():
            for message in self._messages.add_elements(name, self._types[name], elements):
                yield (message,)

    def _sweep(self) -> None:
        """Remove chains that nothing leads to any more; they are empty already.

        Kernels before 6.2 may think for a moment that an element which is gone still refers to
        its chain. What they refuse to remove is tried again next time.
        """
        if not self._stale:
            return
        try:
            deletions = [(self._messages.delete_chain(name),) for name in sorted(self._stale)]
            self._transactions.run([[deletion] for deletion in deletions])
        except NetlinkError as error:
            if error.errno != errno.EBUSY:
                raise
        else:
            self._stale.clear()
