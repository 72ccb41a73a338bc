"""Faults of the cluster's DNS: a zone that answers wrongly while one of them is on."""

from kubeproof.sandbox.dns.directory import Directory
from kubeproof.sandbox.dns.message import Question, Rcode, Record, Srv, Type
from kubeproof.sandbox.dns.zone import TTL, Answer, Zone
from kubeproof.sandbox.faults import Faults

FAULTS = {
    "dns-aliases-missing": "ExternalName Services have no name",
    "dns-answers-every-name": "names that do not exist lead somewhere, as under a wildcard",
    "dns-headless-incomplete": "a headless name gives one address, however many Pods there are",
    "dns-hostnames-ignored": "Pods have no names of their own below a headless Service's",
    "dns-reverse-missing": "addresses have no names",
    "dns-srv-missing": "there are no SRV records",
    "dns-unready-included": "a headless name gives Pods that are not ready, too",
}

_NOWHERE = "192.0.2.1"
"""An address for documentation (RFC 5737), which nobody has."""


class FaultyZone(Zone):
    """A zone that answers rightly as long as no fault is on."""

    def __init__(self, directory: Directory, domain: str, faults: Faults) -> None:
        super().__init__(directory, domain)
        self._faults = faults

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        if self._is_on("dns-reverse-missing") and question.type == Type.PTR:
            return Answer(Rcode.NXDOMAIN)
        if self._is_on("dns-srv-missing") and question.type == Type.SRV:
            return Answer()
        found = super().answer(question)
        if self._is_on("dns-aliases-missing"):
            found = _without_aliases(found)
        if self._is_on("dns-headless-incomplete"):
            found = found._replace(answer=found.answer[:1])
        if self._is_on("dns-answers-every-name") and not found.answer:
            return _made_up(question) or found
        return found

    def _is_on(self, fault: str) -> bool:
        return self._faults.active(fault)


def _without_aliases(found: Answer) -> Answer:
    if any(record.type == Type.CNAME for record in found.answer):
        return Answer(Rcode.NXDOMAIN)
    return found


def _made_up(question: Question) -> Answer | None:
    if question.type == Type.A:
        return Answer(answer=(Record(question.name, Type.A, TTL, _NOWHERE),))
    if question.type == Type.SRV:
        data = Srv(0, 100, 1, question.name)
        return Answer(answer=(Record(question.name, Type.SRV, TTL, data),))
    return None
