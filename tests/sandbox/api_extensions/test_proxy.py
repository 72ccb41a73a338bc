"""Requests to Pods and Services through the API server."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence

import pytest

from kubeproof.sandbox.api import status
from kubeproof.sandbox.api.reverse_proxy import split_id
from kubeproof.sandbox.objects import Object
from tests.sandbox.api_extensions.server import Served, address, endpoints, served, service
from tests.sandbox.kubelet.cluster import container_of, pod
from tests.sandbox.kubelet.surroundings import eventually, free_port


def asked(path: str) -> tuple[int, str]:
    """What a path answers; ``{port}`` stands for the port of the Pod."""

    async def scenario() -> tuple[int, str]:
        async with served() as api:
            port = await api.run_pod()
            code, body = await api.get(path.format(port=port))
            return code, body.replace(str(port), "PORT")

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pods/pod-1:{port}/proxy/hostname", "pod-1"),
        ("pods/http:pod-1:{port}/proxy/hostname", "pod-1"),
        ("pods/pod-1/proxy/hostname", "pod-1"),  # the first port that a container declares
        ("pods/pod-1:{port}/proxy/echo?msg=a%20b", "a b"),
        ("pods/pod-1:{port}/proxy/echo?msg=%2F", "/"),
    ],
)
def test_a_pod_answers(path: str, body: str) -> None:
    assert asked(path) == (200, body)


def test_the_headers_that_the_pod_sees() -> None:
    code, body = asked("pods/pod-1:{port}/proxy/header")
    headers = json.loads(body)
    assert code == 200
    assert headers["X-Forwarded-For"] == ["127.0.0.1"]
    uri = "/api/v1/namespaces/default/pods/pod-1:PORT/proxy/header"
    assert headers["X-Forwarded-Uri"] == [uri]
    assert not {"Authorization", "Connection", "Host"} & headers.keys()


def test_a_chain_of_proxies_is_kept() -> None:
    async def scenario() -> str:
        async with served() as api:
            port = await api.run_pod()
            path = f"/api/v1/namespaces/default/pods/pod-1:{port}/proxy/header?key=X-Forwarded-For"
            headers = {"X-Forwarded-For": "192.0.2.1"}
            async with api.session.get(api.url + path, headers=headers) as response:
                return await response.text()

    assert asyncio.run(scenario()) == "192.0.2.1, 127.0.0.1"


def test_a_path_without_a_slash_is_redirected() -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            port = await api.run_pod()
            path = f"/api/v1/namespaces/default/pods/pod-1:{port}/proxy"
            async with api.session.get(f"{api.url}{path}?x=1", allow_redirects=False) as response:
                return response.status, response.headers["Location"].replace(path, "")

    assert asyncio.run(scenario()) == (301, "/?x=1")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_method_is_passed_on(method: str) -> None:
    async def scenario() -> str:
        async with served() as api:
            port = await api.run_pod()
            path = f"/api/v1/namespaces/default/pods/pod-1:{port}/proxy/redirect?location=/x"
            async with api.session.request(
                method, api.url + path, allow_redirects=False
            ) as response:
                assert response.headers["Location"] == "/x"
            worker = api.cluster.kubelets.worker(api.cluster.pod())
            assert worker
            log = worker.containers[0].log
            assert log
            return log.last().partition("] ")[2]

    assert asyncio.run(scenario()).startswith(f"{method} /redirect")


def test_bodies_stream_both_ways() -> None:
    """The Pod answers the first half before the second is sent: nothing waits for a whole body."""

    async def scenario() -> list[bytes]:
        async with served() as api:
            await api.run_pod()
            more = asyncio.Event()

            async def halves() -> AsyncIterator[bytes]:
                yield b"first"
                await more.wait()
                yield b"second"

            async def mirror(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while line := await reader.readline():
                    if line == b"0\r\n":
                        break
                    writer.write(await reader.readexactly(int(line, 16)))
                    await reader.readline()
                writer.close()

            server = await asyncio.start_server(mirror, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            path = f"/api/v1/namespaces/default/pods/pod-1:{port}/proxy/"
            async with api.session.post(api.url + path, data=halves()) as response:
                first = await response.content.readexactly(5)
                more.set()
                rest = await response.content.read()
            server.close()
            return [first, rest]

    assert asyncio.run(scenario()) == [b"first", b"second"]


def _message(body: str) -> str:
    found = json.loads(body)
    assert found["reason"] == "ServiceUnavailable"
    return str(found["message"])


def test_a_pod_that_refuses() -> None:
    code, body = asked(f"pods/pod-1:{free_port()}/proxy/hostname")
    assert code == 503
    why = r"error trying to reach service: dial tcp 127\.0\.0\.1:\d+: connect: connection refused"
    assert re.fullmatch(why, _message(body))


def test_a_pod_that_hangs_up() -> None:
    code, body = asked("pods/pod-1:{port}/proxy/exit")
    assert (code, _message(body)) == (503, "error trying to reach service: EOF")


def test_a_pod_that_does_not_speak_tls() -> None:
    code, body = asked("pods/https:pod-1:{port}/proxy/hostname")
    why = "http: server gave HTTP response to HTTPS client"
    assert (code, _message(body)) == (503, f"error trying to reach service: {why}")


def test_a_pod_without_an_address() -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            unbound = pod()
            del unbound["spec"]["nodeName"]
            api.cluster.create(unbound)
            code, body = await api.get("pods/pod-1/proxy/")
            return code, json.loads(body)["message"]

    assert asyncio.run(scenario()) == (400, "address not allowed")


def test_no_such_pod() -> None:
    code, body = asked("pods/nope/proxy/")
    assert (code, json.loads(body)["message"]) == (404, 'pods "nope" not found')


def test_upgrades_are_not_passed_on() -> None:
    async def scenario() -> int:
        async with served() as api:
            await api.run_pod()
            path = "/api/v1/namespaces/default/pods/pod-1/proxy/"
            headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
            async with api.session.get(api.url + path, headers=headers) as response:
                return response.status

    assert asyncio.run(scenario()) == 400


@pytest.mark.parametrize("fault", ["pod-proxy-broken", "pod-proxy-broken@node-1"])
def test_the_fault_of_the_pod_proxy(fault: str) -> None:
    async def scenario() -> tuple[int, str]:
        async with served() as api:
            port = await api.run_pod()
            api.cluster.faults.replace([fault])
            return await api.get(f"pods/pod-1:{port}/proxy/hostname")

    code, body = asyncio.run(scenario())
    assert code == 503
    assert "no route to host" in _message(body)


@pytest.mark.parametrize("name", ["a:b:c:d", "ftp:a:1", ":1"])
def test_names_that_make_no_sense(name: str) -> None:
    with pytest.raises(status.ApiError, match="invalid pod request"):
        split_id(name, "pod")


class TestServices:
    def test_a_ready_pod_answers_by_port_number_and_name(self) -> None:
        async def scenario() -> list[tuple[int, str]]:
            async with served() as api:
                await self._serve(api)
                names = ("svc:80", "svc:web", "http:svc:web")
                return [await api.get(f"services/{name}/proxy/hostname") for name in names]

        assert asyncio.run(scenario()) == [(200, "pod-1")] * 3

    def test_a_service_without_endpoints(self) -> None:
        assert self._ask("svc:80", []) == 'no endpoints available for service "svc"'

    def test_a_port_that_the_service_does_not_have(self) -> None:
        assert self._ask("svc:81") == 'no service port 81 found for service "svc"'

    def test_a_port_name_that_no_subset_has(self) -> None:
        assert self._ask("svc:nope") == 'no endpoints available for service "svc:nope"'

    def test_pods_that_are_not_ready_are_not_asked(self) -> None:
        ports = [{"name": "web", "port": 1}]
        subsets = [{"notReadyAddresses": [address("pod-1")], "ports": ports}]
        assert self._ask("svc:80", subsets) == 'no endpoints available for service "svc:80"'

    def test_addresses_that_are_no_pods_are_not_asked(self) -> None:
        ports = [{"name": "web", "port": 1}]
        elsewhere = address("pod-1", "192.0.2.1")
        no_pod = {"ip": "127.0.0.1", "targetRef": {**address("pod-1")["targetRef"], "kind": "VM"}}
        for other in ({"ip": "192.0.2.1"}, address("nope"), elsewhere, no_pod):
            subsets = [{"addresses": [other], "ports": ports}]
            assert self._ask("svc:80", subsets) == 'no endpoints available for service "svc:80"'

    def test_the_fault_of_the_service_proxy(self) -> None:
        async def scenario() -> int:
            async with served() as api:
                await self._serve(api)
                api.cluster.faults.replace(["service-proxy-broken"])
                return (await api.get("services/svc:80/proxy/hostname"))[0]

        assert asyncio.run(scenario()) == 503

    def _ask(self, name: str, subsets: Sequence[Object] | None = None) -> str:
        """What the API server says of a Service that is not served."""

        async def scenario() -> tuple[int, str]:
            async with served() as api:
                await self._serve(api, subsets)
                return await api.get(f"services/{name}/proxy/hostname")

        code, body = asyncio.run(scenario())
        assert code == 503
        return _message(body)

    async def _serve(self, api: Served, subsets: Sequence[Object] | None = None) -> None:
        port = await api.run_pod()
        registry = api.cluster.registry
        registry.create("services", "default", service("svc", {"name": "web", "port": 80}))
        if subsets is None:
            ports = [{"name": "web", "port": port}]
            subsets = [{"addresses": [address("pod-1")], "ports": ports}]
        # Straight into the store: the API refuses addresses of the loopback, which Pods have here.
        api.cluster.store.put("endpoints", endpoints("svc", subsets))


def test_the_proxy_stays_usable_after_a_pod_has_gone() -> None:
    async def scenario() -> tuple[int, int]:
        async with served() as api:
            port = await api.run_pod()
            await api.get(f"pods/pod-1:{port}/proxy/exit")
            await eventually(lambda: container_of(api.cluster.pod())["restartCount"] == 1)
            codes: list[int] = []
            while 200 not in codes and len(codes) < 1000:
                codes.append((await api.get(f"pods/pod-1:{port}/proxy/hostname"))[0])
            return codes[-1], len(set(codes) - {200, 503})

    assert asyncio.run(scenario()) == (200, 0)
