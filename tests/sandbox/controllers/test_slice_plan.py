"""How endpoints are packed into slices."""

from collections.abc import Sequence

from kubeproof.sandbox.api.jsonvalue import copied
from kubeproof.sandbox.controllers.slice_plan import SliceChanges, plan_slices, recycle
from kubeproof.sandbox.objects import Object
from tests.sandbox.controllers.objects import by_name, stored_node, stored_pod, stored_service

NODES = by_name(stored_node())


def pods(first: int, last: int) -> list[Object]:
    return [stored_pod(f"p{number:03}", f"10.244.1.{number}") for number in range(first, last)]


def planned(
    wanted: Sequence[Object], existing: Sequence[Object] = (), service: Object | None = None
) -> SliceChanges:
    service = service or stored_service()
    [changes] = plan_slices(service, wanted, NODES, existing)
    recycle(changes, service)
    return changes


def stored_slices(wanted: Sequence[Object], service: Object | None = None) -> list[Object]:
    """The slices that a first plan makes, as if they had been created."""
    created = copied(planned(wanted, service=service).create)
    for number, item in enumerate(created):
        item["metadata"]["name"] = f"slice-{number}"
    return created


def addresses(endpoint_slice: Object) -> list[str]:
    return [endpoint["addresses"][0] for endpoint in endpoint_slice["endpoints"]]


def test_new_slice_is_labelled_and_owned() -> None:
    service = stored_service()
    service["metadata"]["labels"] = {"team": "x", "kubernetes.io/service-name": "forged"}
    [created] = planned(pods(1, 3), service=service).create
    assert created["metadata"] == {
        "generateName": "s-",
        "namespace": "test",
        "labels": {
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": "s",
            "team": "x",
        },
        "ownerReferences": [
            {
                "apiVersion": "v1",
                "kind": "Service",
                "name": "s",
                "uid": "uid-s",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    assert addresses(created) == ["10.244.1.1", "10.244.1.2"]


def test_headless_service_labels_its_slices() -> None:
    [created] = planned(pods(1, 2), service=stored_service(clusterIP="None")).create
    assert created["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_service_without_pods_has_one_empty_slice() -> None:
    [created] = planned([]).create
    assert (created["endpoints"], created["ports"]) == ([], [])


def test_empty_slice_is_left_alone() -> None:
    changes = planned([], stored_slices([]))
    assert (changes.create, changes.update, changes.delete) == ([], [], [])


def test_nothing_changes_while_nothing_happens() -> None:
    wanted = pods(1, 150)
    changes = planned(wanted, stored_slices(wanted))
    assert (changes.create, changes.update, changes.delete) == ([], [], [])
    assert len(changes.unchanged) == 2


def test_at_most_a_hundred_endpoints_in_a_slice() -> None:
    sizes = [len(item["endpoints"]) for item in planned(pods(1, 252)).create]
    assert sizes == [100, 100, 51]


def test_new_endpoints_join_a_slice_with_room() -> None:
    changes = planned(pods(1, 61), stored_slices(pods(1, 51)))
    assert [len(item["endpoints"]) for item in changes.update] == [60]
    assert changes.create == []


def test_full_slices_are_not_touched_by_new_endpoints() -> None:
    changes = planned(pods(1, 106), stored_slices(pods(1, 101)))
    assert [len(item["endpoints"]) for item in changes.create] == [5]
    assert (changes.update, changes.delete) == ([], [])


def test_gone_endpoints_make_room_for_new_ones_in_their_slice() -> None:
    changes = planned(pods(2, 102), stored_slices(pods(1, 101)))
    assert [len(item["endpoints"]) for item in changes.update] == [100]
    assert "10.244.1.101" in addresses(changes.update[0])
    assert changes.create == []


def test_last_endpoint_gone_empties_the_slice_in_place() -> None:
    existing = stored_slices(pods(1, 2))
    changes = planned([], existing)
    assert (changes.create, changes.delete) == ([], [])
    [updated] = changes.update
    assert updated["metadata"]["name"] == "slice-0"
    assert (updated["endpoints"], updated["ports"]) == ([], [])


def test_changed_readiness_updates_in_place() -> None:
    existing = stored_slices(pods(1, 3))
    wanted = [pods(1, 2)[0], stored_pod("p002", "10.244.1.2", ready=False)]
    [updated] = planned(wanted, existing).update
    assert [item["conditions"]["ready"] for item in updated["endpoints"]] == [True, False]


def test_changed_service_labels_reach_the_slices() -> None:
    existing = stored_slices(pods(1, 2))
    service = stored_service()
    service["metadata"]["labels"] = {"new": "label"}
    [updated] = planned(pods(1, 2), existing, service).update
    assert updated["metadata"]["labels"]["new"] == "label"
    assert addresses(updated) == ["10.244.1.1"]


def test_changed_target_port_reuses_the_slice() -> None:
    existing = stored_slices(pods(1, 3))
    service = stored_service(ports=[{"name": "", "port": 80, "targetPort": 9, "protocol": "TCP"}])
    changes = planned(pods(1, 3), existing, service)
    assert (changes.create, changes.delete) == ([], [])
    assert [port["port"] for port in changes.update[0]["ports"]] == [9]
    assert len(changes.update[0]["endpoints"]) == 2


def test_slices_of_an_earlier_service_of_that_name_are_replaced_not_reused() -> None:
    existing = stored_slices(pods(1, 2))
    existing[0]["metadata"]["ownerReferences"][0]["uid"] = "uid-of-old"
    changes = planned(pods(1, 2), existing)
    assert (len(changes.create), changes.update) == (1, [])
    assert changes.delete == existing


def test_plan_does_not_touch_what_is_stored() -> None:
    existing = stored_slices(pods(1, 51))
    before = copied(existing)
    planned(pods(5, 61), existing)
    assert existing == before


def test_slices_of_a_family_the_service_no_longer_has_go() -> None:
    existing = stored_slices(pods(1, 2))
    existing[0]["addressType"] = "IPv6"
    plans = plan_slices(stored_service(), pods(1, 2), NODES, existing)
    assert [len(plan.create) for plan in plans] == [1, 0]
    assert plans[1].delete == existing
