"""Contexts that are not touched by mistake, and kubeconfigs that are lists of files."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from kubeproof.cluster.choose import Wanted, bring_up
from kubeproof.cluster.kubeconfig import combined, paths_in
from kubeproof.cluster.protection import DEFAULT, refuse_protected
from kubeproof.errors import CheckBroken, Misuse
from kubeproof.model import Object


def config(context: str = "dev", cluster: str = "c", server: str = "http://127.0.0.1:1") -> Object:
    return {
        "clusters": [{"name": cluster, "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": "u"}}],
        "current-context": context,
    }


PROTECTED: Mapping[str, tuple[Object, str]] = {
    "context": (config("eu-Prod-1"), "context 'eu-Prod-1'"),
    "cluster": (config(cluster="production"), "cluster 'production'"),
    "server": (config(server="https://api.prod.example:6443"), "server 'https://api.prod"),
}


@pytest.mark.parametrize(("made", "what"), PROTECTED.values(), ids=PROTECTED.keys())
def test_what_looks_like_production_is_refused(made: Object, what: str) -> None:
    with pytest.raises(Misuse, match=what) as caught:
        refuse_protected(made, DEFAULT)
    assert "--allow-protected" in str(caught.value)


def test_another_context_of_the_same_file_does_not_matter() -> None:
    made = config()
    made["contexts"].append({"name": "prod", "context": {"cluster": "c", "user": "u"}})
    refuse_protected(made, DEFAULT)


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(Misuse, match=r"--protect takes a regular expression, not '\('"):
        refuse_protected(config(), "(")


def written(path: Path, content: Object) -> str:
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_a_protected_context_is_not_even_connected_to(tmp_path: Path) -> None:
    path = written(tmp_path / "config", config("prod"))
    with pytest.raises(Misuse, match="is protected"):
        bring_up(Wanted("kubeconfig", path))
    with pytest.raises(CheckBroken, match="does not answer"):  # nothing listens there
        bring_up(Wanted("kubeconfig", path, allow_protected=True))
    with pytest.raises(CheckBroken, match="does not answer"):
        bring_up(Wanted("kubeconfig", path, protect="live"))


def test_of_several_kubeconfigs_the_first_counts(tmp_path: Path) -> None:
    one = written(tmp_path / "one", config("a", server="http://127.0.0.1:1"))
    two = written(tmp_path / "two", config("b", server="http://127.0.0.1:2"))
    paths = paths_in(os.pathsep.join([str(tmp_path / "none"), one, two]))
    assert [path.name for path in paths] == ["one", "two"]
    made = combined(paths)
    assert made["current-context"] == "a"
    assert {entry["name"] for entry in made["contexts"]} == {"a", "b"}
    assert [entry["cluster"]["server"] for entry in made["clusters"]] == ["http://127.0.0.1:1"]
    assert combined(paths, "b")["current-context"] == "b"
