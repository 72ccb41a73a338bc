"""HTTP/1.1 framing, however the bytes arrive."""

import pytest

from kubeproof.sandbox.kubelet import http1
from kubeproof.sandbox.kubelet.http1 import Head, MalformedError

_CHUNKS = b"3\r\nmsg\r\n6;note=x\r\n=hi%21\r\n0\r\nTrailer: 1\r\n\r\n"


@pytest.mark.parametrize("cut", range(len(_CHUNKS) + 1))
def test_chunks_split_anywhere(cut: int) -> None:
    body, buffer = http1.ChunkedBody(), bytearray(_CHUNKS[:cut])
    found = body.take(buffer)
    assert not body.complete or cut == len(_CHUNKS)
    buffer += _CHUNKS[cut:] + b"next"
    found += body.take(buffer)
    assert (found, body.complete, bytes(buffer)) == (b"msg=hi%21", True, b"next")


@pytest.mark.parametrize("raw", [b"x\r\n", b"3\r\nmsgXX"])
def test_broken_chunks(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        http1.ChunkedBody().take(bytearray(raw))


def test_a_body_of_known_length_leaves_the_rest() -> None:
    body, buffer = http1.LengthBody(4), bytearray(b"bodyrest")
    assert (body.take(buffer), body.complete, bytes(buffer)) == (b"body", True, b"rest")


def test_a_head_is_taken_whole() -> None:
    buffer = bytearray(b"GET / HTTP/1.1\r\nHost:  a \r\nX: 1\r\n\r")
    assert http1.take_head(buffer) is None
    buffer += b"\nrest"
    head = http1.take_head(buffer)
    assert head == Head("GET / HTTP/1.1", [("Host", "a"), ("X", "1")])
    assert bytes(buffer) == b"rest"


@pytest.mark.parametrize("line", ["NoColon", " Folded: x", "Name : x"])
def test_broken_header_lines(line: str) -> None:
    with pytest.raises(MalformedError):
        http1.parse_head(f"GET / HTTP/1.1\r\n{line}".encode())


@pytest.mark.parametrize(
    ("status", "method", "headers", "kind"),
    [
        (200, "GET", [], http1.EndlessBody),
        (200, "GET", [("Content-Length", "3")], http1.LengthBody),
        (200, "GET", [("Transfer-Encoding", "gzip, chunked")], http1.ChunkedBody),
        (200, "HEAD", [("Content-Length", "3")], http1.LengthBody),
        (304, "GET", [("Content-Length", "3")], http1.LengthBody),
    ],
)
def test_how_an_answer_is_framed(
    status: int, method: str, headers: http1.Headers, kind: type
) -> None:
    body = http1.response_body(Head("", headers), status, method)
    assert isinstance(body, kind)
    assert body.complete == (method == "HEAD" or status == 304)
