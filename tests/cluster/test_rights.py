"""What a run needs to be allowed, and how it says what it is not."""

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from kubeproof.cluster.api import Api
from kubeproof.cluster.rights import NEEDED, OPTIONAL, OPTIONAL_PATHS, Right, verify
from kubeproof.errors import Misuse
from kubeproof.model import Object

RBAC = Path(__file__).parents[2] / "manifests" / "base" / "rbac.yaml"


class Granting:
    """Answers SelfSubjectAccessReviews as a cluster with these rights would."""

    def __init__(self, *refused: Right) -> None:
        self.refused = refused

    def create(self, obj: Object) -> Object:
        asked = obj["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked.get("subresource", ""))))
        right = Right(asked["group"], resource, asked["verb"])
        return {"status": {"allowed": right not in self.refused}}


def checked(*refused: Right) -> None:
    verify(cast(Api, Granting(*refused)))


def test_all_rights_are_enough() -> None:
    checked()


def test_each_missing_right_is_named() -> None:
    with pytest.raises(Misuse) as caught:
        checked(Right("", "pods/proxy", "get"), Right("discovery.k8s.io", "endpointslices", "list"))
    told = str(caught.value)
    assert "lacks 2 of " in told
    assert "get pods/proxy, list endpointslices.discovery.k8s.io;" in told
    assert "manifests/base/rbac.yaml" in told


def test_the_manifest_grants_what_is_needed_or_told_by_and_no_more() -> None:
    objects: list[Any] = list(yaml.safe_load_all(RBAC.read_text()))
    role = next(obj for obj in objects if obj["kind"] == "ClusterRole")
    granted = [
        Right(group, resource, verb)
        for rule in role["rules"]
        for group in rule.get("apiGroups", ())
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]
    assert sorted(granted) == sorted((*NEEDED, *OPTIONAL))
    paths = [
        (path, verb)
        for rule in role["rules"]
        for path in rule.get("nonResourceURLs", ())
        for verb in rule["verbs"]
    ]
    assert paths == list(OPTIONAL_PATHS)
