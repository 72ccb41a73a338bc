"""A plain HTTP client for tests: what was sent and what came back, nothing hidden."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: str


async def get(port: int, target: str, *headers: str, host: str = "127.0.0.1") -> Reply:
    """GET on a connection of its own."""
    return parse(await exchange(port, request("GET", target, *headers), host=host))


def request(method: str, target: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


async def exchange(port: int, sent: bytes, host: str = "127.0.0.1") -> bytes:
    """Send bytes and read until the other side closes."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def parse(raw: bytes) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Reply(int(start.split()[1]), headers, body.decode())
