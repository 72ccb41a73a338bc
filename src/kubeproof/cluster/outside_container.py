"""A client outside the cluster where this host is none: an agnhost container on its network."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import httpx

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.subnet import high_address, subnets_of
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object
from kubeproof.probing.dial import DialVantage
from kubeproof.probing.shell import PodProxy
from kubeproof.waiting import CLOCK, Clock

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
PORT = 8080
STARTS_WITHIN = 20.0  # seconds from its start until it answers
_KUBELET = "10250"
_MARK = "\n<status>"


@dataclass
class OutsideContainer:
    """One container; gone when it is closed."""

    docker: Docker
    name: str
    address: str
    labels: Mapping[str, str]
    clock: Clock = field(default=CLOCK, repr=False)

    def start(self, image: str, network: str) -> None:
        """Start it on a network.

        Raises:
            ClusterUnavailable: its image or its address is not to be had.
        """
        self.docker.need_image(image)
        self.docker.remove("containers", self.name)
        self.docker.start(self.name, self._settings(image, network))

    def _settings(self, image: str, network: str) -> Object:
        port = f"{PORT}/tcp"
        host = "127.0.0.1" if self.docker.local else ""
        return {
            "Image": image,
            "Cmd": ["netexec", f"--http-port={PORT}"],
            "Labels": dict(self.labels),
            "ExposedPorts": {port: {}},
            "HostConfig": {
                "NetworkMode": network,
                "PortBindings": {port: [{"HostIp": host, "HostPort": ""}]},
            },
            "NetworkingConfig": {
                "EndpointsConfig": {network: {"IPAMConfig": {"IPv4Address": self.address}}}
            },
        }

    def vantage(self, nodes: Iterable[str]) -> DialVantage:
        """A vantage in it, after it has shown that it answers and reaches these nodes.

        Raises:
            ClusterUnavailable: it does not.
        """
        ask = self._way_in()
        lost = [address for address in nodes if not _reaches(ask, address)]
        if lost:
            raise ClusterUnavailable(
                f"the client container {self.name} does not reach {', '.join(lost)}"
            )
        name = f"a client outside the cluster ({self.address})"
        return DialVantage(name, frozenset({self.address}), ask, f"container {self.name}")

    def _way_in(self) -> PodProxy:
        """Over its published port where that is reachable from here, else by docker exec."""
        ways = [self._published(), self._executed]
        deadline = self.clock.now() + STARTS_WITHIN
        why = ""
        while self.clock.now() < deadline:
            for way in ways:
                try:
                    if way("hostname", {}).status_code == 200:
                        return way
                except (httpx.HTTPError, ClusterUnavailable) as error:
                    why = str(error) or type(error).__name__
            self.clock.sleep(0.1)
        raise ClusterUnavailable(f"the client container {self.name} does not answer: {why}")

    def _published(self) -> PodProxy:
        ports = self.docker.inspect(self.name)["NetworkSettings"]["Ports"]
        port = int((ports.get(f"{PORT}/tcp") or [{"HostPort": "0"}])[0]["HostPort"])
        timeout = httpx.Timeout(5.0, read=120.0)
        base = f"http://{self.docker.address}:{port}/"
        client = httpx.Client(base_url=base, timeout=timeout, trust_env=False)
        return lambda page, query: client.get(page, params=query)

    def _executed(self, page: str, query: dict[str, str]) -> httpx.Response:
        url = str(httpx.URL(f"http://127.0.0.1:{PORT}/{page}", params=query))
        command = ["curl", "-sS", "-m", "115", "-w", f"{_MARK}%{{http_code}}", url]
        ran = self.docker.execute(self.name, command, timeout=120.0)
        body, mark, status = ran.output.rpartition(_MARK)
        if not mark or not status.strip().isdigit() or status.strip() == "000":
            raise httpx.ConnectError(f"curl ended with {ran.code}: {ran.output.strip()[:200]}")
        return httpx.Response(int(status), text=body)

    def close(self) -> None:
        """Remove it."""
        self.docker.remove("containers", self.name)


def _reaches(ask: PodProxy, node: str) -> bool:
    """Whether the kubelet's port of a node can be dialled; a refusal is a way to the node too."""
    query = {"host": node, "port": _KUBELET, "protocol": "http", "request": "healthz", "tries": "1"}
    try:
        told: Any = json.loads(ask("dial", query).text)
    except (httpx.HTTPError, ValueError):
        return False
    errors = " ".join(told.get("errors") or [])
    return bool(told.get("responses")) or "refused" in errors or "malformed HTTP" in errors


def outside_container(
    docker: Docker, cluster: str, network: str, labels: Mapping[str, str], image: str
) -> OutsideContainer:
    """A container on a cluster's network, started, with an address no node is given."""
    there = docker.network(network)
    subnets: list[IPv4Network] = list(subnets_of(there)) if there else []
    if not subnets:
        raise ClusterUnavailable(f"network {network} has no IPv4 subnet of its own")
    name = f"{cluster}-outside-{time.monotonic_ns() % 10**6:06}"
    made = OutsideContainer(docker, name, high_address(subnets[0]), labels)
    made.start(image or AGNHOST, network)
    return made
