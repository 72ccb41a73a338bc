"""What Pods are told when they start: variables of Services, lines of resolv.conf."""

import httpx
import pytest

from kubeproof.cluster import surroundings
from kubeproof.errors import PromiseBroken
from kubeproof.model import Object, Service
from kubeproof.probing.shell import Shell

SPEC: Object = {"clusterIP": "10.96.0.7", "ports": [{"port": 9000, "protocol": "TCP"}]}
METADATA = {"name": "svc-1", "namespace": "shop", "uid": "u"}
SERVICE = Service.of({"metadata": METADATA, "spec": SPEC})
API = "KUBERNETES_SERVICE_HOST=10.96.0.1\n"
VARIABLES = (
    "SVC_1_SERVICE_HOST=10.96.0.7\nSVC_1_SERVICE_PORT=9000\nSVC_1_PORT=tcp://10.96.0.7:9000\n"
    "SVC_1_PORT_9000_TCP=tcp://10.96.0.7:9000\nSVC_1_PORT_9000_TCP_PROTO=tcp\n"
    "SVC_1_PORT_9000_TCP_PORT=9000\nSVC_1_PORT_9000_TCP_ADDR=10.96.0.7\n"
)
CONF = "search a.example b.example\nnameserver 192.0.2.53\noptions ndots:5 edns0\n"


def pod(says: str) -> Shell:
    answer = httpx.Response(200, json={"output": says})
    return Shell("Pod pod-1", lambda page, query: answer)


def test_every_variable_has_to_be_there() -> None:
    surroundings.tells_of(pod(API + VARIABLES), SERVICE)
    for line in VARIABLES.splitlines():
        with pytest.raises(PromiseBroken, match=line.partition("=")[0]):
            surroundings.tells_of(pod(VARIABLES.replace(f"{line}\n", "")), SERVICE)


def test_no_variable_may_be_there() -> None:
    surroundings.does_not_tell_of(pod(API), SERVICE)
    surroundings.does_not_tell_of(pod(API + "SVC_10_SERVICE_HOST=10.96.0.8\n"), SERVICE)
    for line in VARIABLES.splitlines():
        with pytest.raises(PromiseBroken, match=line.partition("=")[0]):
            surroundings.does_not_tell_of(pod(f"{API}{line}\n"), SERVICE)


def test_an_environment_without_even_the_api_server_shows_nothing() -> None:
    with pytest.raises(PromiseBroken, match="but of the API server's"):
        surroundings.does_not_tell_of(pod("HOME=/\n"), SERVICE)


@pytest.mark.parametrize(
    ("line", "only", "holds"),
    [
        ("search a.example", False, True),
        ("search a.example", True, False),
        ("search a.example b.example", True, True),
        ("search b.example", False, False),
        ("options ndots:5", False, True),
        ("nameserver 192.0.2.54", False, False),
        ("options edns0 ndots:5", True, True),
        ("options ndots:5 edns0", True, True),
        ("options ndots:5", True, False),
        ("options ndots:2", False, False),
    ],
)
def test_lines_of_resolv_conf(line: str, only: bool, holds: bool) -> None:
    if holds:
        surroundings.resolver_says(pod(CONF), line, only)
        return
    with pytest.raises(PromiseBroken, match=r"the resolv\.conf of Pod pod-1 says"):
        surroundings.resolver_says(pod(CONF), line, only)
