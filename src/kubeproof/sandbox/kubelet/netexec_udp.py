"""netexec's UDP server. Source: agnhost 2.63, command netexec."""

import asyncio
import socket

from kubeproof.sandbox.kubelet.process import Process

_DATAGRAM = 2048
_BATCH = 64


class UdpResponder:
    """Answers commands on one UDP socket: hostname, echo, clientip and serverport."""

    def __init__(self, process: Process, sock: socket.socket, port: int) -> None:
        self._process = process
        self._sock = sock
        self._port = port
        asyncio.get_running_loop().add_reader(sock.fileno(), self._receive)

    def close(self) -> None:
        """Close the socket; harmless when repeated."""
        if self._sock.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()

    def _receive(self) -> None:
        for _ in range(_BATCH):
            if self._sock.fileno() < 0:
                return
            try:
                data, peer = self._sock.recvfrom(_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for an earlier answer
                continue
            reply = self._reply(data.decode("utf-8", "replace").strip().lower(), peer)
            if reply is not None:
                self._send(reply.encode(), peer)

    def _reply(self, command: str, peer: tuple[str, int]) -> str | None:
        client = f"{peer[0]}:{peer[1]}"
        log = self._process.log
        if command == "hostname":
            log.print("Sending udp hostName response")
            return self._process.surroundings.hostname
        if command.startswith("echo "):
            message = command.partition(" ")[2]
            log.print(f"Echoing {message} to UDP client {client}")
            return message
        if command == "clientip":
            log.print(f"Sending clientip back to UDP client {client}")
            return client
        if command == "serverport":
            log.print(f"Sending server port to UDP client {self._port}")
            return str(self._port)
        if command:
            log.print(f"Unknown UDP command received from {client}: {command}")
        return None

    def _send(self, data: bytes, peer: tuple[str, int]) -> None:
        try:
            self._sock.sendto(data, peer)
        except OSError as error:
            self._process.fatal(f"Error occurred: failed to write to UDP client: {error.strerror}")
