"""HTTP/1.1 messages on the wire: heads, and bodies of known length, in chunks or until the end.

Source: RFC 9112. Servers and clients of the sandbox's Pods share it.
"""

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Headers: TypeAlias = list[tuple[str, str]]

MOST_HEAD = 1 << 20
"""Bytes of a head which is still read: what Go's net/http takes by default."""


class MalformedError(ValueError):
    """What came is not HTTP/1.1."""


@dataclass(slots=True)
class Head:
    """A start line, without its line end, and the header fields in their order."""

    start: str
    headers: Headers = field(default_factory=list[tuple[str, str]])

    def get(self, name: str) -> str:
        """The first value of a field, empty where there is none; ``name`` in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def has_token(self, name: str, token: str) -> bool:
        """Whether a field which is a list, such as Connection, names a token (lower case)."""
        values = (value for key, value in self.headers if key.lower() == name)
        return any(token == item.strip().lower() for value in values for item in value.split(","))


def parse_head(raw: bytes) -> Head:
    """The head in ``raw``, which ends before its empty line. Raises MalformedError."""
    start, *lines = raw.decode("latin-1").split("\r\n")
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedError(f"malformed header line {line!r}")
        headers.append((name, value.strip()))
    return Head(start, headers)


def take_head(buffer: bytearray) -> Head | None:
    """Remove a whole head from the buffer; None while it is not all there. MalformedError."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MOST_HEAD:
            raise MalformedError("header too large")
        return None
    head = parse_head(bytes(buffer[:end]))
    del buffer[: end + 4]
    return head


def render_head(start: str, headers: Headers) -> bytes:
    """A head as it is sent, with its empty line."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{start}\r\n{lines}\r\n".encode("latin-1")


class Body(Protocol):
    """A body that arrives piece by piece."""

    complete: bool

    def take(self, buffer: bytearray) -> bytes:
        """Remove from the buffer what belongs to the body. Raises MalformedError."""
        ...


class LengthBody:
    """A body of as many bytes as Content-Length says."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.complete = length == 0

    def take(self, buffer: bytearray) -> bytes:
        """Remove from the buffer what belongs to the body."""
        piece = bytes(buffer[: self._left])
        del buffer[: len(piece)]
        self._left -= len(piece)
        self.complete = self._left == 0
        return piece


class EndlessBody:
    """A body that ends with its connection."""

    complete = False

    def take(self, buffer: bytearray) -> bytes:
        """Remove all there is from the buffer."""
        piece = bytes(buffer)
        buffer.clear()
        return piece


class ChunkedBody:
    """A body in chunks (RFC 9112 section 7.1); trailer fields are dropped."""

    def __init__(self) -> None:
        self.complete = False
        self._left = 0
        self._in_trailer = False

    def take(self, buffer: bytearray) -> bytes:
        """Remove from the buffer every chunk that is there. Raises MalformedError."""
        pieces: list[bytes] = []
        while not self.complete and self._step(buffer, pieces):
            pass
        return b"".join(pieces)

    def _step(self, buffer: bytearray, pieces: list[bytes]) -> bool:
        if self._left > 2:
            return self._data(buffer, pieces)
        if self._left:  # the line end after a chunk
            return self._line_end(buffer)
        return self._trailer(buffer) if self._in_trailer else self._size(buffer)

    def _data(self, buffer: bytearray, pieces: list[bytes]) -> bool:
        piece = bytes(buffer[: self._left - 2])
        del buffer[: len(piece)]
        self._left -= len(piece)
        pieces.append(piece)
        return bool(piece)

    def _line_end(self, buffer: bytearray) -> bool:
        if len(buffer) < 2:
            return False
        if not buffer.startswith(b"\r\n"):
            raise MalformedError("malformed chunked encoding")
        del buffer[:2]
        self._left = 0
        return True

    def _size(self, buffer: bytearray) -> bool:
        line = self._line(buffer)
        if line is None:
            return False
        try:
            size = int(line.partition(b";")[0].strip(), 16)
        except ValueError as error:
            raise MalformedError("invalid byte in chunk length") from error
        self._in_trailer = size == 0
        self._left = size + 2 if size else 0
        return True

    def _trailer(self, buffer: bytearray) -> bool:
        line = self._line(buffer)
        self.complete = line == b""
        return line is not None

    def _line(self, buffer: bytearray) -> bytes | None:
        end = buffer.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 2]
        return line


def content_length(head: Head) -> int | None:
    """What Content-Length says; None where it says nothing. Raises MalformedError."""
    text = head.get("content-length")
    if not text:
        return None
    if not text.isdecimal():
        raise MalformedError(f"bad Content-Length {text!r}")
    return int(text)


def request_body(head: Head) -> Body:
    """How a request's body is framed; without a framing field it has none. MalformedError."""
    if head.has_token("transfer-encoding", "chunked"):
        return ChunkedBody()
    return LengthBody(content_length(head) or 0)


def response_body(head: Head, status: int, method: str) -> Body:
    """How the body of an answer to ``method`` is framed. Raises MalformedError."""
    if method == "HEAD" or status < 200 or status in (204, 304):
        return LengthBody(0)
    if head.has_token("transfer-encoding", "chunked"):
        return ChunkedBody()
    length = content_length(head)
    return EndlessBody() if length is None else LengthBody(length)
