"""What scenarios write on nodes: put there, taken off again, and found when a run was killed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from kubeproof.cluster import node_marks
from kubeproof.cluster.api import Api, configuration_of
from kubeproof.cluster.clean import leftovers, remove
from kubeproof.cluster.node_marks import LABEL, TAINT, Mark, NodeMarks, marks_of
from kubeproof.cluster.rejected import Rejected
from kubeproof.errors import CheckBroken
from kubeproof.model import Object
from kubeproof.sandbox.client import Options, Sandbox
from kubeproof.waiting import SANDBOX

NODE, KEY = "k8s-node1", "example.com/leave-alone"
BOTH = pytest.mark.parametrize("what", [LABEL, TAINT])


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    sandbox = Sandbox.start(Options(nodes=1))
    yield Api(configuration_of(text=sandbox.kubeconfig()))
    sandbox.close()


def there(api: Api, key: str = KEY) -> list[Mark]:
    [node] = api.list("Node")
    return [one for one in marks_of(node) if one.key == key]


@BOTH
def test_a_mark_is_there_until_it_is_taken_off(api: Api, what: str) -> None:
    marks = NodeMarks(api, "beef")
    marks.put(NODE, what, KEY)
    [mark] = there(api)
    assert (mark.what, mark.run) == (what, "beef")
    assert timedelta(0) <= mark.age < timedelta(minutes=1)
    marks.clear()
    assert there(api) == []


@BOTH
def test_what_others_wrote_stays(api: Api, what: str) -> None:
    others = NodeMarks(api, "beef")
    others.put(NODE, what, "example.com/theirs")
    marks = NodeMarks(api, "cafe")
    marks.put(NODE, what, KEY)
    marks.clear()
    assert len(there(api, "example.com/theirs")) == 1
    others.clear()


@BOTH
def test_a_node_that_has_it_already_is_left_as_it_is(api: Api, what: str) -> None:
    others = NodeMarks(api, "beef")
    others.put(NODE, what, KEY)
    marks = NodeMarks(api, "cafe")
    with pytest.raises(CheckBroken, match=rf"node {NODE} is {what} {KEY} already"):
        marks.put(NODE, what, KEY)
    marks.clear()
    assert [one.run for one in there(api)] == ["beef"]
    others.clear()


def test_a_taint_does_not_keep_pods_away(api: Api) -> None:
    marks = NodeMarks(api, "beef")
    marks.put(NODE, TAINT, KEY)
    [node] = api.list("Node")
    assert [one["effect"] for one in node["spec"]["taints"]] == ["PreferNoSchedule"]
    marks.clear()


@BOTH
def test_what_a_killed_run_wrote_is_found_and_taken_off(api: Api, what: str) -> None:
    NodeMarks(api, "dead").put(NODE, what, KEY)
    assert leftovers(api, timedelta(hours=1)) == []
    said: list[str] = []
    remove(api, leftovers(api), SANDBOX, said.append)
    assert [line.split(" of run ")[0] for line in said] == [
        f"removing what node {NODE} is {what} with, {KEY}"
    ]
    assert there(api) == []


@pytest.mark.parametrize("value", ["", "true", "kubeproof", "kubeproof-xyz-1", "kubeproof-beef"])
def test_other_values_are_nobody_s_of_ours(value: str) -> None:
    assert Mark(LABEL, KEY, value).run == ""


class Refusing:
    """An API that has one node and refuses to change it."""

    def __init__(self, code: int) -> None:
        self.code, self.asked = code, 0

    def list(self, _: str) -> list[Object]:
        return [{"metadata": {"name": NODE, "resourceVersion": "7"}}]

    def patch(self, kind: str, name: str, namespace: str, patch: Object) -> Object:
        assert patch["metadata"]["resourceVersion"] == "7"
        self.asked += 1
        raise Rejected(self.code, "", "no")


def test_who_may_not_is_told_who_grants_it() -> None:
    marks = NodeMarks(cast(Api, Refusing(403)), "beef")
    with pytest.raises(CheckBroken, match=r"cannot be changed: no.*; manifests/base/rbac-disr"):
        marks.put(NODE, LABEL, KEY)


def test_a_node_that_changes_meanwhile_is_tried_again() -> None:
    refusing = Refusing(409)
    with pytest.raises(CheckBroken, match="others change it all the time"):
        NodeMarks(cast(Api, refusing), "beef").put(NODE, TAINT, KEY)
    assert refusing.asked == node_marks.TRIES
