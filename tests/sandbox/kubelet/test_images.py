"""Images that the nodes have, and what is shown of those they do not have."""

import asyncio

import pytest

from kubeproof.sandbox.kubelet.images import image_id, repository, tagged
from kubeproof.sandbox.objects import Object
from tests.sandbox.kubelet.cluster import (
    AGNHOST,
    SmallCluster,
    cluster,
    container_of,
    is_ready,
    netexec,
    pod,
)
from tests.sandbox.kubelet.surroundings import TurnedClock, eventually


def _waiting(small: SmallCluster) -> Object:
    found: Object = container_of(small.pod())["state"].get("waiting") or {}
    return found


@pytest.mark.parametrize(
    "image",
    ["agnhost", "localhost:5000/agnhost", "mirror.example.com/e2e/agnhost@sha256:" + "0" * 64],
)
def test_agnhost_of_any_registry_runs(image: str) -> None:
    async def scenario() -> bool:
        async with cluster() as small:
            small.create(pod(netexec(image=image)))
            await eventually(lambda: is_ready(small.pod()))
            return True

    assert asyncio.run(scenario())


def test_an_unknown_image_backs_off_and_says_what_there_is() -> None:
    async def scenario() -> tuple[Object, Object, Object, list[str]]:
        clock = TurnedClock()
        async with cluster(clock) as small:
            small.create(pod(netexec(image="example.com/nginx:1")))
            await eventually(lambda: _waiting(small).get("reason") == "ErrImagePull")
            first = _waiting(small)
            await clock.turn(1)
            await eventually(lambda: _waiting(small).get("reason") == "ImagePullBackOff")
            second, status = _waiting(small), container_of(small.pod())
            await clock.turn(9.1)
            await eventually(lambda: _waiting(small).get("reason") == "ErrImagePull")
            await eventually(lambda: small.events.reasons("pod-1").count("Pulling") == 2)
            return first, second, status, small.events.reasons("pod-1")

    first, second, status, events = asyncio.run(scenario())
    known = "the images on its nodes are agnhost, pause, coredns"
    assert first["message"].endswith(known)
    assert second["message"].startswith(
        'Back-off pulling image "example.com/nginx:1": ErrImagePull'
    )
    assert (status["imageID"], status.get("containerID")) == ("", None)
    assert events[:3] == ["Pulling", "Failed", "Failed"]


def test_an_image_that_may_not_be_pulled() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod(netexec(image="nginx", imagePullPolicy="Never")))
            await eventually(lambda: _waiting(small).get("reason") == "ErrImageNeverPull")
            return _waiting(small)

    message = asyncio.run(scenario())["message"]
    assert message == 'Container image "nginx" is not present with pull policy of Never'


def test_a_mended_image_starts_without_waiting() -> None:
    async def scenario() -> bool:
        async with cluster() as small:
            small.create(pod(netexec(image="agnhots")))
            await eventually(lambda: _waiting(small).get("reason") == "ErrImagePull")
            _set_image(small, AGNHOST)
            await eventually(lambda: is_ready(small.pod()))
            return True

    assert asyncio.run(scenario())


def test_another_image_restarts_the_container() -> None:
    async def scenario() -> tuple[Object, list[tuple[str, str]]]:
        async with cluster() as small:
            small.create(pod())
            await eventually(lambda: is_ready(small.pod()))
            _set_image(small, "agnhost:2.60")
            await eventually(lambda: container_of(small.pod())["restartCount"] == 1)
            await eventually(lambda: "Killing" in small.events.reasons("pod-1"))
            return container_of(small.pod()), small.events.of("pod-1")

    status, events = asyncio.run(scenario())
    assert status["image"] == "agnhost:2.60"
    assert ("Killing", "Container web definition changed, will be restarted") in events


def _set_image(small: SmallCluster, image: str) -> None:
    now = small.pod()
    container = {**now["spec"]["containers"][0], "image": image}
    changed = {**now, "spec": {**now["spec"], "containers": [container]}}
    small.registry.update("pods", "default", "pod-1", changed)


def test_a_program_that_is_not_there() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod(netexec(command=["sh", "-c", "true"]), restartPolicy="Never"))
            await eventually(lambda: small.pod()["status"]["phase"] == "Failed")
            return container_of(small.pod())["state"]["terminated"]

    ended = asyncio.run(scenario())
    assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
    assert 'exec: "sh": executable file not found' in ended["message"]
    assert "the sandbox offers: netexec, pause, serve-hostname" in ended["message"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["netexec", "--nope"], "Error: unknown flag: --nope"),
        (["guestbook"], 'Error: unknown command "guestbook" for "app"'),
    ],
)
def test_arguments_that_the_program_does_not_take(arguments: list[str], said: str) -> None:
    async def scenario() -> tuple[Object, str]:
        async with cluster() as small:
            small.create(pod(netexec(args=arguments), restartPolicy="Never"))
            await eventually(lambda: small.pod()["status"]["phase"] == "Failed")
            worker = small.kubelets.worker(small.pod())
            assert worker
            log = worker.containers[0].log
            assert log
            return container_of(small.pod())["state"]["terminated"], log.last()

    ended, last = asyncio.run(scenario())
    assert ended["exitCode"] == 1
    assert last.startswith(said)


def test_agnhost_without_arguments_pauses() -> None:
    async def scenario() -> str:
        async with cluster() as small:
            small.create(pod({"name": "web", "image": AGNHOST}))
            await eventually(lambda: is_ready(small.pod()))
            worker = small.kubelets.worker(small.pod())
            assert worker
            log = worker.containers[0].log
            assert log
            return " ".join(line.text for line in log.lines())

    assert asyncio.run(scenario()) == "Paused Signals registered"


def test_the_pause_image() -> None:
    async def scenario() -> Object:
        async with cluster() as small:
            small.create(pod({"name": "pause", "image": "registry.k8s.io/pause:3.10"}))
            await eventually(lambda: is_ready(small.pod()))
            small.delete()
            await eventually(lambda: not small.exists())
            return small.statuses[-1]["containerStatuses"][0]["state"]["terminated"]

    assert asyncio.run(scenario())["exitCode"] == 0


@pytest.mark.parametrize(
    ("reference", "name", "full"),
    [
        ("agnhost", "agnhost", "agnhost:latest"),
        ("host:5000/a/agnhost", "host:5000/a/agnhost", "host:5000/a/agnhost:latest"),
        ("a/agnhost:2.63.0", "a/agnhost", "a/agnhost:2.63.0"),
        ("a/agnhost:1@sha256:00", "a/agnhost", "a/agnhost:1@sha256:00"),
    ],
)
def test_references(reference: str, name: str, full: str) -> None:
    assert repository(reference) == name
    assert tagged(reference) == full
    assert image_id(reference) == image_id(full)
