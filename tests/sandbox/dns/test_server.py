"""The server: UDP, TCP, sizes, and messages that are no questions."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from kubeproof.sandbox.api.store import Store
from kubeproof.sandbox.dns.decoding import decode
from kubeproof.sandbox.dns.encoding import encode
from kubeproof.sandbox.dns.message import Edns, Message, Question, Rcode, Type
from kubeproof.sandbox.dns.server import DnsServer
from kubeproof.sandbox.dns.zone import Zone
from tests.sandbox.dns.objects import (
    directory_of,
    endpoint,
    namespace,
    port_pair,
    service,
    slice_of,
)

_MANY = "many.truth.svc.cluster.local."


def _server(count: int = 100) -> DnsServer:
    store = Store()
    store.put("namespaces", namespace("truth"))
    store.put("services", service("many"))
    ends = (endpoint(f"10.244.1.{number}") for number in range(1, count + 1))
    store.put("endpointslices", slice_of("many", *ends))
    return DnsServer(Zone(directory_of(store)))


def _query(name: str = _MANY, edns: Edns | None = None) -> bytes:
    return encode(Message(7, Question(name, Type.A), recursion_desired=True, edns=edns))


def _respond(raw: bytes, tcp: bool = False) -> Message:
    reply = _server().respond(raw, tcp)
    assert reply is not None
    return decode(reply)


@asynccontextmanager
async def _listening(server: DnsServer) -> AsyncGenerator[int]:
    udp, tcp, port = port_pair()
    await server.listen(udp, tcp)
    try:
        yield port
    finally:
        server.close()


def test_udp_answers_are_cut_to_what_the_client_takes() -> None:
    small, large = _respond(_query()), _respond(_query(edns=Edns(1232)))
    assert (small.truncated, large.truncated) == (True, True)
    assert (len(small.answer), len(large.answer)) == (
        29,
        73,
    )  # of 16 bytes each, behind 46 of head and question, before 11 of OPT
    assert not _respond(_query(), tcp=True).truncated


def test_edns_comes_back_with_what_coredns_keeps() -> None:
    options = ((8, b"client subnet"), (10, b"a cookie"))
    reply = _respond(_query(edns=Edns(4096, True, options)))
    assert reply.edns == Edns(4096, True, ((10, b"a cookie"),))
    assert _respond(_query()).edns is None


def test_addresses_come_in_random_order() -> None:
    server = _server(3)
    firsts: Counter[str] = Counter()
    for _ in range(300):
        raw = server.respond(_query(), tcp=True)
        assert raw is not None
        firsts[str(decode(raw).answer[0].data)] += 1
    assert len(firsts) == 3  # a false alarm in 3 * (2/3)**300


def test_what_is_no_question() -> None:
    assert _server().respond(encode(Message(1, response=True)), tcp=False) is None
    assert _server().respond(b"junk", tcp=False) is None
    assert _respond(b"\0\7" + b"\0" * 3 + b"\1" + b"\0" * 7).rcode == Rcode.FORMERR
    assert _respond(encode(Message(1))).rcode == Rcode.FORMERR
    notify = Message(1, Question(_MANY, Type.A), opcode=4)
    assert _respond(encode(notify)).rcode == Rcode.NOTIMP


def test_over_udp_and_tcp() -> None:
    async def scenario() -> tuple[int, list[int]]:
        loop = asyncio.get_running_loop()
        async with _listening(_server()) as port:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.connect(("127.0.0.1", port))
                sock.send(_query())
                udp = decode(await asyncio.wait_for(loop.sock_recv(sock, 4096), 5))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            query = struct.pack(">H", len(_query())) + _query()
            writer.write(query + query[:5])
            writer.write(query[5:])
            counts: list[int] = []
            for _ in range(2):
                (length,) = struct.unpack(">H", await reader.readexactly(2))
                counts.append(len(decode(await reader.readexactly(length)).answer))
            writer.close()
            return len(udp.answer), counts

    assert asyncio.run(scenario()) == (29, [100, 100])
