"""Port forwarding with the clients that people use: kubectl and the official Python client."""

import asyncio
import importlib
import json
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest

from kubeproof.sandbox.objects import Object
from tests.sandbox.api_extensions.server import TOKEN, Served, served
from tests.sandbox.kubelet.surroundings import free_port
from tests.sandbox.kubelet.web import parse, request


def test_the_official_python_client() -> None:
    async def scenario() -> bytes:
        async with served() as api:
            port = await api.run_pod()
            return await asyncio.to_thread(_with_the_official_client, api.url, port)

    assert asyncio.run(scenario()).endswith(b"pod-1")


def _with_the_official_client(url: str, port: int) -> bytes:
    # Untyped, slow to import, and needed here alone.
    client: Any = importlib.import_module("kubernetes.client")
    stream: Any = importlib.import_module("kubernetes.stream")
    configuration = client.Configuration(host=url)
    configuration.api_key = {"authorization": TOKEN}
    configuration.api_key_prefix = {"authorization": "Bearer"}
    api = client.CoreV1Api(client.ApiClient(configuration))
    forwarding = stream.portforward(
        api.connect_get_namespaced_pod_portforward, "pod-1", "default", ports=str(port)
    )
    sock: socket.socket = forwarding.socket(port)
    sock.settimeout(5)
    sock.sendall(request("GET", "/hostname"))
    received = b""
    while not received.endswith(b"pod-1"):
        piece = sock.recv(4096)
        assert piece, forwarding.error(port)
        received += piece
    forwarding.close()
    return received


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl on this machine")
@pytest.mark.parametrize("websockets", ["true", "false"])
def test_the_stock_kubectl(websockets: str) -> None:
    async def scenario() -> list[str]:
        async with served() as api:
            port, local = await api.run_pod(), free_port()
            with tempfile.TemporaryDirectory() as home:
                process = await asyncio.create_subprocess_exec(
                    "kubectl",
                    "port-forward",
                    f"--kubeconfig={_kubeconfig(Path(home), api)}",
                    "pod/pod-1",
                    f"{local}:{port}",
                    stdout=asyncio.subprocess.PIPE,
                    env={"HOME": home, "KUBECTL_PORT_FORWARD_WEBSOCKETS": websockets},
                )
                assert process.stdout
                await asyncio.wait_for(process.stdout.readuntil(b"Forwarding from"), 20)
                bodies = [await _ask(local) for _ in range(3)]
                process.terminate()
                await process.wait()
            return bodies

    assert asyncio.run(scenario()) == ["pod-1"] * 3


async def _ask(port: int) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("GET", "/hostname"))
    body = parse(await asyncio.wait_for(reader.read(), 10)).body
    writer.close()
    return body


def _kubeconfig(home: Path, api: Served) -> Path:
    path = home / "kubeconfig"
    named = [{"name": "x", "cluster": {"server": api.url}}]
    context = [{"name": "x", "context": {"cluster": "x", "user": "x"}}]
    users: list[Object] = [{"name": "x", "user": {}}]
    text: Object = {"clusters": named, "contexts": context, "users": users, "current-context": "x"}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **text}))
    return path
