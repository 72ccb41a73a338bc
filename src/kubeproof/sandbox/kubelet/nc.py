"""``nc``, as far as it sends one datagram and waits for one: OpenBSD's netcat as Debian has it."""

import asyncio
import socket
from collections.abc import Sequence

from kubeproof.sandbox.kubelet.golang import errno_text
from kubeproof.sandbox.kubelet.process import Surroundings

_USAGE = "usage: nc -u -w seconds -W 1 -p port address port\n"
_DATAGRAM = 2048


async def nc(where: Surroundings, words: Sequence[str], fed: str) -> tuple[str, int]:
    """Send what it was fed and show the first answer, if one comes in time; and its exit status."""
    flags = dict(zip(words[1:7:2], words[2:7:2], strict=False))
    if words[:1] != ["-u"] or set(flags) != {"-w", "-W", "-p"} or len(words) != 9:
        return _USAGE, 1
    try:
        seconds, port, dialled = float(flags["-w"]), int(flags["-p"]), int(words[8])
    except ValueError:
        return _USAGE, 1
    with where.namespace.socket(kind=socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        try:
            sock.bind(("", port))
        except OSError as error:
            return f"nc: bind failed: {errno_text(error).capitalize()}\n", 1
        return await _exchanged(sock, (words[7], dialled), fed, seconds)


async def _exchanged(
    sock: socket.socket, dialled: tuple[str, int], fed: str, seconds: float
) -> tuple[str, int]:
    try:
        sock.connect(dialled)
        sock.send(fed.encode())
        async with asyncio.timeout(seconds):
            answer = await asyncio.get_running_loop().sock_recv(sock, _DATAGRAM)
    except TimeoutError:
        return "", 0
    except OSError:  # refused, or no way there: nc says nothing of it
        return "", 1
    return answer.decode("utf-8", "replace"), 0
