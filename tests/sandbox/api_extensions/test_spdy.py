"""SPDY/3.1: frames, and the streams of the accepting side."""

import asyncio
import struct
import zlib
from collections.abc import Callable

import pytest

from kubeproof.sandbox.api.spdy import Frame, Framer, FrameType, ProtocolError, ResetStatus
from kubeproof.sandbox.api.spdy_connection import SpdyConnection, SpdyStream
from kubeproof.sandbox.api.spdy_dictionary import DICTIONARY
from tests.sandbox.kubelet.surroundings import eventually, settle


class Recorded:
    """A wire that keeps what was sent, as frames."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._framer = Framer()

    async def write(self, data: bytes) -> None:
        self.frames += self._framer.feed(data)

    def of(self, kind: FrameType) -> list[Frame]:
        return [frame for frame in self.frames if frame.type == kind]


def _connection(
    accept: Callable[[SpdyStream], bool] = lambda stream: True,
) -> tuple[SpdyConnection, Recorded, Framer]:
    wire = Recorded()
    return SpdyConnection(wire, accept), wire, Framer()


def test_the_dictionary_is_the_one_of_the_specification() -> None:
    assert (len(DICTIONARY), zlib.adler32(DICTIONARY)) == (1423, 0xE3C6A7C2)


def test_headers_survive_compression_across_frames() -> None:
    sender, receiver = Framer(), Framer()
    first, second = {"streamtype": "error", "port": "8080"}, {"x": "", "url": "/ä"}
    raw = (
        sender.syn_stream(1, first)
        + sender.syn_reply(2, second)
        + sender.syn_stream(3, first, True)
    )
    assert list(receiver.feed(raw)) == [
        Frame(FrameType.SYN_STREAM, 1, headers=first),
        Frame(FrameType.SYN_REPLY, 2, headers=second),
        Frame(FrameType.SYN_STREAM, 3, fin=True, headers=first),
    ]


def test_header_names_are_read_in_lower_case() -> None:
    block = struct.pack(">II", 1, 4) + b"Port" + struct.pack(">I", 2) + b"80"
    compressor = zlib.compressobj(zdict=DICTIONARY)
    packed = compressor.compress(block) + compressor.flush(zlib.Z_SYNC_FLUSH)
    payload = struct.pack(">IIBB", 1, 0, 0, 0) + packed
    raw = struct.pack(">II", 0x80030001, len(payload)) + payload
    assert next(Framer().feed(raw)).headers == {"port": "80"}


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_frames_arrive_in_any_pieces(step: int) -> None:
    framer = Framer()
    raw = framer.data(5, b"hello") + framer.ping(7) + framer.data(5, b"", True)
    receiver = Framer()
    found: list[Frame] = []
    for start in range(0, len(raw), step):
        found += receiver.feed(raw[start : start + step])
    assert found == [
        Frame(FrameType.DATA, 5, data=b"hello"),
        Frame(FrameType.PING, 7),
        Frame(FrameType.DATA, 5, fin=True),
    ]


def test_frames_that_mean_nothing_here_are_skipped() -> None:
    settings = struct.pack(">III", 0x80030004, 4, 0)
    window = struct.pack(">IIII", 0x80030009, 8, 1, 1)
    unknown = struct.pack(">II", 0x80030063, 0)
    assert list(Framer().feed(settings + window + unknown)) == []


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack(">II", 0x80020006, 4) + b"\0\0\0\1",  # SPDY/2
        struct.pack(">II", 0x80030006, 2) + b"\0\0",
        struct.pack(">II", 0x80030001, 14) + b"\0\0\0\1" + b"\0" * 6 + b"junk",
    ],
)
def test_what_is_not_spdy_3(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Framer().feed(raw))


def test_a_stream_is_accepted_read_and_written() -> None:
    async def scenario() -> tuple[list[bytes], list[Frame]]:
        streams: list[SpdyStream] = []
        connection, wire, client = _connection(lambda stream: not streams.append(stream))
        await connection.receive(client.syn_stream(1, {"a": "b"}) + client.data(1, b"in"))
        await connection.receive(client.data(1, b"last", True))
        stream = streams[0]
        read = [await stream.read(), await stream.read(), await stream.read(), await stream.read()]
        await stream.write(b"out")
        await stream.close()
        await stream.close()
        return read, wire.frames

    read, frames = asyncio.run(scenario())
    assert read == [b"in", b"last", b"", b""]
    assert frames == [
        Frame(FrameType.SYN_REPLY, 1),
        Frame(FrameType.DATA, 1, data=b"out"),
        Frame(FrameType.DATA, 1, fin=True),
    ]


def test_large_writes_are_split() -> None:
    async def scenario() -> list[int]:
        streams: list[SpdyStream] = []
        connection, wire, client = _connection(lambda stream: not streams.append(stream))
        await connection.receive(client.syn_stream(1, {}))
        await streams[0].write(b"x" * 70_000)
        return [len(frame.data) for frame in wire.of(FrameType.DATA)]

    assert asyncio.run(scenario()) == [32768, 32768, 4464]


def test_pings_of_the_client_come_back() -> None:
    async def scenario() -> list[int]:
        connection, wire, client = _connection()
        await connection.receive(client.ping(1) + client.ping(2) + client.ping(3))
        return [frame.stream for frame in wire.of(FrameType.PING)]

    assert asyncio.run(scenario()) == [1, 3]


def test_refused_even_and_repeated_streams_are_reset() -> None:
    async def scenario() -> list[int]:
        connection, wire, client = _connection(lambda stream: stream.id != 1)
        for number in (1, 2, 3, 3):
            await connection.receive(client.syn_stream(number, {}))
        return [frame.stream for frame in wire.of(FrameType.RST_STREAM)]

    assert asyncio.run(scenario()) == [1, 2, 3]


def test_a_slow_reader_holds_the_connection_back_until_it_is_done() -> None:
    async def scenario() -> tuple[bool, bool]:
        streams: list[SpdyStream] = []
        connection, _, client = _connection(lambda stream: not streams.append(stream))
        await connection.receive(client.syn_stream(1, {}))
        flood = b"".join(client.data(1, b"x") for _ in range(200))
        receiving = asyncio.ensure_future(connection.receive(flood))
        await settle()
        held = not receiving.done()
        await streams[0].close()  # nobody reads any more: what comes is dropped
        await eventually(receiving.done)
        return held, receiving.exception() is None

    assert asyncio.run(scenario()) == (True, True)


def test_a_reset_or_a_lost_connection_ends_reading() -> None:
    async def scenario() -> list[bytes]:
        streams: list[SpdyStream] = []
        connection, _, client = _connection(lambda stream: not streams.append(stream))
        await connection.receive(client.syn_stream(1, {}) + client.syn_stream(3, {}))
        await connection.receive(client.reset(1, ResetStatus.CANCEL))
        connection.close()
        with pytest.raises(ConnectionError):
            await streams[0].write(b"too late")
        return [await stream.read() for stream in streams]

    assert asyncio.run(scenario()) == [b"", b""]


def test_the_end_of_the_connection_is_announced() -> None:
    async def scenario() -> bool:
        connection, _, client = _connection()
        await connection.receive(client.go_away(0))
        return connection.gone_away

    assert asyncio.run(scenario())
