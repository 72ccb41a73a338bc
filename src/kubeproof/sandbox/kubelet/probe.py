"""One probe of a container: how it is done and how it went, in the kubelet's words.

Source: "Configure Liveness, Readiness and Startup Probes"; wording of Kubernetes 1.36's
pkg/probe and pkg/kubelet/prober.
"""

import asyncio
from typing import Literal, NamedTuple

from kubeproof.sandbox.dns.targets import is_address
from kubeproof.sandbox.kubelet.fetch import fetch
from kubeproof.sandbox.kubelet.golang import GoError
from kubeproof.sandbox.kubelet.http1 import Headers
from kubeproof.sandbox.kubelet.http_client import Exchange, connect
from kubeproof.sandbox.kubelet.namespace import Namespace
from kubeproof.sandbox.objects import Object

_MOST_BODY = 10 << 10
_VERSION = "1.36"


class ProbeError(Exception):
    """The probe could not be made at all, which says nothing of the container."""


class Outcome(NamedTuple):
    """How a probe went. A warning counts as success and is told as an Event."""

    result: Literal["success", "warning", "failure"]
    output: str = ""


async def run(
    probe: Object, container: Object, address: str, namespace: Namespace, timeout: float
) -> Outcome:
    """Probe a container at its Pod's address, from a namespace. Raises ProbeError."""
    if "httpGet" in probe:
        return await _http(probe["httpGet"], container, address, namespace, timeout)
    if "tcpSocket" in probe:
        return await _tcp(probe["tcpSocket"], container, address, namespace, timeout)
    if "exec" in probe:
        raise ProbeError("the sandbox runs no commands in containers")
    raise ProbeError("the sandbox does not offer gRPC probes")


async def http_get(
    action: Object,
    container: Object,
    address: str,
    namespace: Namespace,
    timeout: float,
    purpose: str = "probe",
) -> Outcome:
    """An httpGet action, for a probe or a lifecycle hook. Raises GoError and ProbeError."""
    port = port_number(action["port"], container)
    host = str(action.get("host") or address)
    scheme = str(action.get("scheme") or "HTTP").lower()
    path = str(action.get("path") or "/")
    slash = "" if path.startswith("/") else "/"

    async def open_(hostname: str, number: int) -> Exchange:
        if not is_address(hostname):
            raise GoError(f"dial tcp: lookup {hostname}: no such host")
        return await Exchange.open(namespace, hostname, number)

    found = await fetch(
        f"{scheme}://{host}:{port}{slash}{path}",
        open_,
        _headers(action, purpose),
        timeout,
        follows=lambda hostname: hostname == host,
        most=_MOST_BODY,
    )
    body = found.body[:_MOST_BODY].decode("utf-8", "replace")
    if 300 <= found.status < 400:
        return Outcome("warning", f"Probe terminated redirects, Response body: {body}")
    if 200 <= found.status < 400:
        return Outcome("success", body)
    return Outcome("failure", f"HTTP probe failed with statuscode: {found.status}")


async def _http(
    action: Object, container: Object, address: str, namespace: Namespace, timeout: float
) -> Outcome:
    try:
        return await http_get(action, container, address, namespace, timeout)
    except GoError as error:
        return Outcome("failure", str(error))


async def _tcp(
    action: Object, container: Object, address: str, namespace: Namespace, timeout: float
) -> Outcome:
    port = port_number(action["port"], container)
    host = str(action.get("host") or address)
    try:
        async with asyncio.timeout(timeout):
            sock = await connect(namespace, host, port)
    except TimeoutError:
        return Outcome("failure", f"dial tcp {host}:{port}: i/o timeout")
    except GoError as error:
        return Outcome("failure", str(error))
    sock.close()
    return Outcome("success")


def port_number(port: int | str, container: Object) -> int:
    """A port given by number or by the name of one of the container's. Raises ProbeError."""
    if isinstance(port, int):
        return port
    for known in container.get("ports") or ():
        if known.get("name") == port:
            return int(known["containerPort"])
    if port.isdecimal():
        return int(port)
    raise ProbeError(f'strconv.Atoi: parsing "{port}": invalid syntax')


def _headers(action: Object, purpose: str) -> Headers:
    fields = [(str(item["name"]), str(item["value"])) for item in action.get("httpHeaders") or ()]
    names = {name.lower() for name, _ in fields}
    if "user-agent" not in names:
        fields.append(("User-Agent", f"kube-{purpose}/{_VERSION}"))
    if "accept" not in names:
        fields.append(("Accept", "*/*"))
    fields.append(("Connection", "close"))
    return [(name, value) for name, value in fields if name.lower() != "host" and value]
