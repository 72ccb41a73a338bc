"""Kubeconfigs: those that can be used, and what is said of those that cannot."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.choose import Wanted, bring_up
from kubeproof.cluster.kubeconfig import KubeconfigCluster, standalone
from kubeproof.errors import CheckBroken, Misuse
from kubeproof.model import Object
from tests.probing import servers
from tests.probing.servers import closed_port, response, saying, serving


def kubeconfig(server: str = "http://127.0.0.1:1", **cluster: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "dev",
    }


def written(folder: Path, content: Object | str | bytes) -> str:
    path = folder / "config"
    text = yaml.safe_dump(content) if isinstance(content, dict) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def without(name: str, of: str = "") -> Object:
    config = kubeconfig()
    del (config[of][0]["cluster"] if of else config)[name]
    return config


UNUSABLE: Mapping[str, tuple[Object | str | bytes, str]] = {
    "empty": ("", "file is empty"),
    "words": ("hello", "it is no kubeconfig"),
    "a list": ("- a", "it is no kubeconfig"),
    "no YAML": ("a: [", "while parsing"),
    "no text": (b"\xff\xfe", "can't decode byte"),
    "no context chosen": (without("current-context"), "Expected key current-context"),
    "no contexts": (without("contexts"), "Expected object with name dev"),
    "cluster missing": (kubeconfig() | {"clusters": []}, "Expected object with name c"),
    "no server": (without("server", "clusters"), "it names no server"),
    "empty server": (kubeconfig(""), "it names no server"),
    "no such CA": (
        kubeconfig("https://127.0.0.1:1", **{"certificate-authority": "/none"}),
        "File does not exist",
    ),
}


@pytest.mark.parametrize(("content", "why"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_kubeconfig_that_cannot_be_used_is_told_in_a_line(
    tmp_path: Path, content: Object | str | bytes, why: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(Misuse) as caught:
        configuration_of(path)
    told = str(caught.value)
    assert told.startswith(f"cannot use kubeconfig {path}: ")
    assert told.endswith(f"; check it with: kubectl --kubeconfig {path} get nodes")
    assert why in told
    assert "\n" not in told


def test_a_context_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"config, context prod: .*Expected object with name prod"):
        configuration_of(written(tmp_path, kubeconfig()), "prod")


def test_the_context_chooses_the_cluster(tmp_path: Path) -> None:
    config = kubeconfig()
    config["clusters"].append({"name": "d", "cluster": {"server": "http://192.0.2.1:80"}})
    config["contexts"].append({"name": "prod", "context": {"cluster": "d", "user": "u"}})
    path = written(tmp_path, config)
    assert configuration_of(path).host == "http://127.0.0.1:1"
    assert configuration_of(path, "prod").host == "http://192.0.2.1:80"


@pytest.mark.parametrize("content", [None, "folder"])
def test_a_kubeconfig_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "config"
    if content:
        path.mkdir()
    with pytest.raises(Misuse, match=r"cannot read kubeconfig .*config: .*; name another with"):
        KubeconfigCluster(str(path))


def test_the_usual_place_is_looked_at_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/one:{tmp_path}/two")
    with pytest.raises(Misuse, match="cannot read kubeconfig /nowhere: "):
        bring_up(Wanted("kubeconfig", "/nowhere"))
    with pytest.raises(Misuse, match=f"cannot read kubeconfig {tmp_path}/one: "):
        bring_up(Wanted("kubeconfig"))
    monkeypatch.delenv("KUBECONFIG")
    with pytest.raises(Misuse, match=f"cannot read kubeconfig {tmp_path}/.kube/config: "):
        bring_up(Wanted("kubeconfig"))


PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.setenv(name, "http://192.0.2.9:3128")


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize(
    ("server", "proxy"),
    [
        ("http://127.0.0.1:6443", None),
        ("https://127.8.9.1:6443", None),
        ("https://[::1]:6443", None),
        ("https://localhost:6443", None),
        ("https://192.0.2.1:6443", "http://192.0.2.9:3128"),
        ("https://cluster.example:6443", "http://192.0.2.9:3128"),
    ],
)
def test_no_proxy_leads_to_this_machine(tmp_path: Path, server: str, proxy: str | None) -> None:
    assert configuration_of(written(tmp_path, kubeconfig(server))).proxy == proxy


def reached(server: str, folder: Path) -> None:
    Api(configuration_of(written(folder, kubeconfig(server))), within=0.3)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckBroken, match=r"the API server does not answer: .*Connection refused"):
        reached(f"http://127.0.0.1:{closed_port()}", tmp_path)


def test_a_server_that_says_nothing_is_not_waited_for_long(tmp_path: Path) -> None:
    with serving(servers.silent) as server:
        began = time.monotonic()
        with pytest.raises(CheckBroken, match=r"the API server does not answer: .*timed out"):
            reached(f"http://127.0.0.1:{server.port}", tmp_path)
        assert time.monotonic() - began < 10
    assert len(server.asked) == 1, "it is asked once"


def test_a_server_that_hangs_up(tmp_path: Path) -> None:
    with serving(servers.reset) as server, pytest.raises(CheckBroken, match="does not answer"):
        reached(f"http://127.0.0.1:{server.port}", tmp_path)


def test_a_name_that_is_no_name(tmp_path: Path) -> None:
    with pytest.raises(CheckBroken, match="does not answer"):
        reached(f"http://{'a' * 64}:80", tmp_path)


def test_a_budget_says_how_long_the_server_has_to_answer(tmp_path: Path) -> None:
    with serving(servers.silent) as server:
        path = written(tmp_path, kubeconfig(f"http://127.0.0.1:{server.port}"))
        wanted = Wanted("kubeconfig", path, budgets=("connect_timeout=0.2",))
        with pytest.raises(CheckBroken, match=r"read timeout=0\.2"):
            bring_up(wanted)


def test_a_server_of_something_else(tmp_path: Path) -> None:
    page = saying(response("It works!", "200 OK", "Connection: close"))
    with serving(page) as server, pytest.raises(CheckBroken, match="is no Kubernetes API server"):
        reached(f"http://127.0.0.1:{server.port}", tmp_path)


def test_a_server_that_wants_to_know_who_asks(tmp_path: Path) -> None:
    from kubeproof.cluster.rejected import Rejected

    status = '{"kind": "Status", "code": 401, "reason": "Unauthorized", "message": "Unauthorized"}'
    refusing = saying(response(status, "401 Unauthorized", "Connection: close"))
    with serving(refusing) as server, pytest.raises(Rejected) as caught:
        reached(f"http://127.0.0.1:{server.port}", tmp_path)
    assert caught.value.code == 401
    assert str(caught.value).startswith("Unauthorized (HTTP 401 Unauthorized); renew the kubeconf")


def test_faults_are_for_the_sandbox() -> None:
    with pytest.raises(Misuse, match="faults act on the sandbox only"):
        bring_up(Wanted("kubeconfig", faults=("no-hairpin",)))


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted("sandbox", nodes=0), "a sandbox has 1 to 9 nodes, not 0"),
        (Wanted("sandbox", nodes=10), "a sandbox has 1 to 9 nodes, not 10"),
        (Wanted("sandbox", api_port=70000), "70000 is no port number"),
    ],
)
def test_a_sandbox_that_cannot_be(wanted: Wanted, why: str) -> None:
    with pytest.raises(Misuse, match=why):
        bring_up(wanted)


def test_kubectl_gets_the_context_that_was_asked_for() -> None:
    text = yaml.safe_dump(kubeconfig())
    assert yaml.safe_load(standalone(text, Path("/k"), "prod"))["current-context"] == "prod"
    assert yaml.safe_load(standalone(text, Path("/k")))["current-context"] == "dev"


def test_kubectl_finds_files_beside_the_kubeconfig() -> None:
    config = kubeconfig(**{"certificate-authority": "ca.crt"})
    config["users"][0]["user"] = {"client-certificate": "pki/me.crt", "client-key": "/abs/me.key"}
    config["users"].append({"name": "nobody", "user": None})
    made = yaml.safe_load(standalone(yaml.safe_dump(config), Path("/home/me/.kube")))
    assert made["clusters"][0]["cluster"]["certificate-authority"] == "/home/me/.kube/ca.crt"
    assert made["users"][0]["user"] == {
        "client-certificate": "/home/me/.kube/pki/me.crt",
        "client-key": "/abs/me.key",
    }
