"""The picture: who was where, which connections happened, and how each ended, without colour."""

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from kubeproof.report.markdown import mermaid
from kubeproof.report.page import page
from kubeproof.report.picture import ENDS, picture, standalone
from kubeproof.report.record import PodRecord, ScenarioRecord, Seen
from kubeproof.report.run import NodeFacts
from kubeproof.report.scene import planned_scene, scene_of, sentences
from tests.report import runs

NODES = runs.run().cluster.nodes


def texts(record: ScenarioRecord, nodes: Any = NODES) -> list[str]:
    drawn = ET.fromstring(picture(scene_of(record, nodes)))
    return ["".join(one.itertext()) for one in drawn.iter("text")]


def with_seen(*seen: Seen) -> ScenarioRecord:
    record = runs.opened()
    record.steps[3].seen = list(seen)
    return record


def test_everything_that_was_there_is_named() -> None:
    told = texts(runs.opened())
    for words in ("node-1", "node-2", "svc-2", "pod-1", "10.244.1.7", "a client outside"):
        assert words in told
    assert "NodePort · 10.96.1.2" in told
    assert "9000 → 8080" in told
    assert "172.30.0.12:30000" in told


def test_connections_are_counted_over_all_steps() -> None:
    record = with_seen(runs.seen(), runs.seen(source="172.30.0.254"))
    assert "×40 saw 172.30.0.254" in texts(record)


def test_who_dials_on_which_node_is_shown() -> None:
    client = "a Pod on node-2 (10.244.2.9)"
    door = Seen(client, "the ClusterIP of svc-2", "10.96.1.2:9000", "answered", "pod-1", times=3)
    scene = scene_of(with_seen(door), NODES)
    [flow] = scene.flows
    assert (flow.vantage.kind, flow.vantage.node, flow.vantage.note) == (
        "client",
        "node-2",
        "10.244.2.9",
    )
    assert (flow.target.kind, flow.target.node) == ("door", "")
    assert flow.pod
    assert flow.pod.node == "node-1"


def test_a_node_whose_name_begins_with_another_nodes_is_not_mistaken_for_it() -> None:
    nodes = [NodeFacts("node-1", ["172.30.0.1"]), NodeFacts("node-11", ["172.30.0.11"])]
    door = Seen("a Pod on node-11 (10.0.0.1)", "the ClusterIP", "10.96.1.2:80", "refused", times=1)
    [flow] = scene_of(with_seen(door), nodes).flows
    assert flow.vantage.node == "node-11"


def test_a_pod_that_moved_is_where_it_was_when_it_answered() -> None:
    record = with_seen(runs.seen(node=1), runs.seen(node=2))
    record.steps[3].seen[1].node = "node-2"
    record.pods.append(PodRecord("pod-1", "node-2", "10.244.2.8"))
    ends = [(flow.pod.node, flow.pod.note) for flow in scene_of(record, NODES).flows if flow.pod]
    assert ends == [("node-1", "10.244.1.7, gone"), ("node-2", "10.244.2.8")]


def test_a_pod_dialled_directly_is_its_own_door() -> None:
    direct = Seen(runs.OUTSIDE, "Pod pod-1", "10.244.1.7:8080", "answered", "pod-1", times=7)
    record = with_seen(direct)
    [flow] = scene_of(record, NODES).flows
    assert flow.target == flow.pod
    assert "×7" in texts(record)


@pytest.mark.parametrize("outcome", ENDS)
def test_how_a_connection_ended_is_told_by_line_mark_and_words(outcome: str) -> None:
    drawn = picture(scene_of(with_seen(runs.seen(outcome)), NODES))
    kind, mark = ENDS[outcome]
    assert f'class="flow {kind}"' in drawn
    assert f">{mark}</text>" in drawn
    assert f">{outcome} ×20</text>" in drawn
    assert 'class="flow answered"' not in drawn


def test_no_two_ends_look_the_same_in_black_and_white() -> None:
    style = page_style()
    dashes = {
        kind: re.search(rf"\.flow\.{kind}{{[^}}]*stroke-dasharray:([\d ]+)", style)
        for kind in ("answered", "refused", "lost")
    }
    patterns = {found[1] if found else "solid" for found in dashes.values()}
    assert len(patterns) == 3
    assert len({mark for _, mark in ENDS.values()}) == len(ENDS)


def page_style() -> str:
    from kubeproof.report.assets import asset

    return asset("picture.css")


def test_a_check_that_broke_is_no_connection() -> None:
    assert scene_of(with_seen(runs.seen("broken")), NODES).flows == ()


def test_in_a_large_cluster_only_nodes_that_matter_are_drawn() -> None:
    nodes = [NodeFacts(f"node-{n}", [f"172.30.0.1{n}"]) for n in range(1, 9)]
    assert scene_of(runs.opened(), nodes).nodes == ("node-1", "node-2")


def test_a_pod_whose_node_is_not_known_is_drawn_all_the_same() -> None:
    door = Seen("a client", "the door", "192.0.2.1:1", "answered", "stranger", times=1)
    told = texts(with_seen(door), [])
    assert "stranger" in told
    assert "node not known" in told


def test_a_pod_of_another_scenario_that_answered_is_told_apart() -> None:
    assert "not of this scenario" in texts(
        with_seen(Seen(runs.OUTSIDE, "the node port", "172.30.0.11:30000", "answered", "stranger"))
    )


def test_nothing_is_drawn_of_nothing() -> None:
    record = runs.clouds()
    record.pods, record.services = [], []
    assert picture(scene_of(record, NODES)) == ""


def test_long_names_are_cut_and_told_in_full() -> None:
    record = runs.opened()
    record.pods = [PodRecord("a-pod-whose-name-is-much-longer-than-its-box", "node-1", "10.0.0.1")]
    drawn = picture(scene_of(record, NODES))
    assert "<title>a-pod-whose-name-is-much-longer-than-its-box</title>" in drawn


def test_boxes_do_not_overlap() -> None:
    record = with_seen(*(runs.seen(outcome, node) for outcome in ENDS for node in (1, 2)))
    record.pods = [PodRecord(f"pod-{n}", f"node-{n % 2 + 1}", f"10.0.0.{n}") for n in range(9)]
    drawn = ET.fromstring(picture(scene_of(record, NODES)))
    boxes = [
        tuple(float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        for one in drawn.iter("rect")
        if one.attrib["class"].startswith("box")
    ]
    assert len(boxes) == 12
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[:number]:
            apart = x >= other_x + other_width or other_x >= x + width
            assert apart or y >= other_y + other_height or other_y >= y + height


def test_the_picture_is_told_in_words_for_who_cannot_see_it() -> None:
    told = sentences(scene_of(runs.opened(), NODES))
    assert told[0] == (
        "a client outside to node port of node-2 (172.30.0.12:30000): "
        "answered by pod-1 on node-1 20 times"
    )
    assert any("timed out 20 times; refused 20 times" in one for one in told)
    assert told[0] in picture(scene_of(runs.opened(), NODES)).replace("&#x27;", "'")


def test_a_picture_stands_alone_too() -> None:
    drawn = standalone(picture(scene_of(runs.opened(), NODES)))
    root = ET.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    style = root.findtext("{http://www.w3.org/2000/svg}style") or ""
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    assert used <= set(re.findall(r"(--[\w-]+):", style))


def test_a_plan_is_drawn_from_the_manifest_and_shows_no_connection() -> None:
    steps = ['Service "svc-2"', 'Pods "pod-1" and "pod-2" on the second node']
    service = {
        "kind": "Service",
        "metadata": {"name": "svc-2"},
        "spec": {"type": "NodePort", "ports": [{"port": 9000, "nodePort": 30000}]},
    }
    scene = planned_scene(steps, [service])
    drawn = picture(scene)
    assert scene.flows == ()
    assert [(one.label, one.node) for one in scene.places] == [
        ("pod-1", "the second node"),
        ("pod-2", "the second node"),
    ]
    assert "9000 → 9000 (node port 30000)" in drawn
    assert "flow" not in drawn
    assert planned_scene(["it opens"], []).empty


def test_every_picture_of_a_page_is_well_formed() -> None:
    drawn = re.findall(r"<svg class=\"picture.*?</svg>", page_of_every_end(), re.DOTALL)
    assert len(drawn) >= 5
    for one in drawn:
        ET.fromstring(one)


def page_of_every_end() -> str:
    from kubeproof.report.book import book_of

    return page(book_of(runs.run()))


def looked_up(outcome: str = "answered", name: str = "svc-2", detail: str = "") -> Seen:
    made = Seen(
        "a Pod on node-1 (10.244.1.9)", f'the address of "{name}"', "cluster DNS:53", outcome
    )
    made.detail, made.times = detail, 20
    return made


def test_a_question_to_dns_is_drawn_with_its_answer() -> None:
    record = with_seen(
        looked_up(detail="A 10.96.1.2"),
        looked_up(detail="A 10.96.9.9"),
        looked_up("name not found", "svc-9", detail="NXDOMAIN"),
    )
    words = texts(record)
    assert {"cluster DNS", "A 10.96.1.2", "A 10.96.9.9", "NXDOMAIN", "∄"} <= set(words)
    assert words.count("×20") == 3
    scene = scene_of(record, NODES)
    told = 'a Pod on node-1 to address of "svc-9" (NXDOMAIN): name not found 20 times'
    assert told in sentences(scene)
    assert mermaid(scene).count('-- "×20" -->') == 3


def test_numbers_stand_where_arrows_begin_if_many_end_at_one_pod() -> None:
    nodes = [NodeFacts(f"node-{n}", [f"172.30.0.1{n}"]) for n in (1, 2, 3)]
    record = with_seen(*(runs.seen(node=n, times=n) for n in (1, 2, 3)))
    drawn = ET.fromstring(picture(scene_of(record, nodes)))
    told = [one for one in drawn.iter("text") if one.attrib["class"] == "told end"]
    assert sorted(one.text or "" for one in told) == ["×1", "×2", "×3"]
    heights = sorted(float(one.attrib["y"]) for one in told)
    assert all(lower - upper > 20 for upper, lower in pairwise(heights))


def test_a_pod_that_is_asked_whom_it_sees_has_answered_itself() -> None:
    one = runs.seen(target="the address of pod-1", address="10.244.1.7:8080")
    one.pod, one.node, one.source = "", "", "172.30.0.254"
    assert "a client outside to pod-1 of node-1 (10.244.1.7): answered by pod-1" in ". ".join(
        sentences(scene_of(with_seen(one), NODES))
    )
