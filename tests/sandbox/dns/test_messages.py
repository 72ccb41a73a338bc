"""The wire codec: what is written can be read, and what is broken is refused."""

import pytest

from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Question, Rcode, Record, Soa, Srv, Type
from kubeproof.sandbox.dns.names import MalformedError


def _message() -> Message:
    return Message(
        0xBEEF,
        Question("a.Example.com.", Type.ANY),
        response=True,
        authoritative=True,
        recursion_desired=True,
        rcode=Rcode.NXDOMAIN,
        answer=[
            Record("a.Example.com.", Type.A, 5, "192.0.2.1"),
            Record("a.Example.com.", Type.AAAA, 5, "2001:db8::1"),
            Record("a.Example.com.", Type.CNAME, 5, "b.Example.com."),
            Record("1.2.0.192.in-addr.arpa.", Type.PTR, 5, "a.Example.com."),
            Record("_x._tcp.Example.com.", Type.SRV, 5, Srv(1, 2, 3, "a.Example.com.")),
            Record("Example.com.", Type.TXT, 5, "text"),
            Record("Example.com.", 99, 5, b"raw"),
        ],
        authority=[Record("Example.com.", Type.SOA, 5, Soa("ns.x.", "me.x.", 1, 2, 3, 4, 5))],
        additional=[Record("Example.com.", Type.NS, 5, "ns.x.")],
        edns=Edns(1232, True, ((10, b"cookie"),)),
    )


def test_what_is_written_can_be_read() -> None:
    assert decode(encode(_message())) == _message()


def test_names_are_written_once() -> None:
    assert (
        encode(_message()).lower().count(b"\x07example\x03com") == 2
    )  # SRV targets are not compressed


def test_what_does_not_fit_is_left_out_and_told() -> None:
    message = Message(1, Question("many.x.", Type.A), response=True, edns=Edns(512))
    message.answer = [Record("many.x.", Type.A, 5, f"10.0.0.{i}") for i in range(200)]
    raw = encode(message, 512)
    cut = decode(raw)
    assert len(raw) <= 512
    assert cut.truncated
    assert cut.edns == Edns(512)
    assert cut.answer == message.answer[: len(cut.answer)]
    assert len(cut.answer) == (512 - 12 - 12 - 11) // 16


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 11,
        b"\0\1\0\0\0\1\0\0\0\0\0\0",
        b"\0\1\0\0\0\1\0\0\0\0\0\0\x05ab",
        b"\0\1\0\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1",  # a pointer to itself
        b"\0\1\0\0\0\1\0\0\0\0\0\0\x80\0\0\1\0\1",
        encode(_message())[:-20],
    ],
)
def test_what_is_broken_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(raw)
