"""The replay against a whole sandbox: what to wait for, and what may differ and why."""

import re
import time
from collections.abc import Iterable

from kubeproof.sandbox.client import Sandbox
from kubeproof.sandbox.objects import Object
from tests.sandbox.rest import Rest
from tests.sandbox.truth.replay import TITLES, Difference, Replay

CLIENT = "10.244.3.25"
"""The address which the Pod that dials had in the recording."""

PODS_RUN = 82
"""From this case on the recording's Pods were running."""

SETTLING_SECONDS = 20.0

_ITS_OWN_HOST = "it is about the machine, which is another"
_ANY_WRITES = "how many changes a controller gathers into one write is a matter of timing"
_NOT_OFFERED = "the sandbox does not offer it"
_OTHER_CLIENT = "the client reaches the API server on another address"

DIFFERENT: dict[int, tuple[tuple[str, str], ...]] = {
    85: ((r"items\[0\]\.metadata\.generation", _ANY_WRITES),),
    87: ((r"items\[0\]\.metadata\.generation", _ANY_WRITES),),
    88: (
        (r"status\.(capacity|allocatable)\.(cpu|memory|ephemeral-storage|pods)", _ITS_OWN_HOST),
        (r"status\.nodeInfo\.(kernelVersion|osImage|bootID|architecture)", _ITS_OWN_HOST),
        (r"status\.(capacity|allocatable)\.hugepages-\dM?G?i", _NOT_OFFERED),
        (r"status\.nodeInfo\.containerRuntimeVersion", "the sandbox says that it is none"),
        (r"status\.images(\[\d\].*)?", "every sandbox has the same few images, of no size"),
        (r"status\.declaredFeatures", _NOT_OFFERED),
        (r"metadata\.annotations\.volumes\.kubernetes\.io/.*", _NOT_OFFERED),
        (r"spec\.podCIDRs?", "the recorded cluster gave out Pod ranges by other means"),
    ),
    95: ((r"X-Forwarded-For\[0\]", _OTHER_CLIENT),),
    # Kubernetes sends the dial of a Pod on to any Pod, also under policy Local. One on a third
    # node answers the dialling Pod directly, past the node that translated; such an answer is
    # lost unless the network hides Pods behind their node, which is the network's choice.
    102: ((r"responses.*|errors.*", "only an answer of the dialled node's own Pod comes back"),),
}
"""What may differ in a case, as patterns of its place, with the reason."""


def run(sandbox: Sandbox) -> dict[int, Difference]:
    """Replay all cases, in order."""
    address = sandbox.api_url.removeprefix("http://")
    replay = Replay(address, sandbox.token)
    rest = Rest(sandbox.api_url, sandbox.token)

    def before(number: int) -> None:
        if number == PODS_RUN:
            _wait_for_pods(rest)
            replay.comparison.learn(CLIENT, _pod(rest, "client")["status"]["podIP"])
        if number >= PODS_RUN:
            sandbox.settled(SETTLING_SECONDS)

    found = replay.run(TITLES, before)
    return {number: _without_known(difference) for number, difference in found.items()}


def _pod(rest: Rest, name: str) -> Object:
    return rest.get(f"/api/v1/namespaces/truth/pods/{name}")


def _wait_for_pods(rest: Rest) -> None:
    """Until those that can run are ready, and the one that cannot has been told so."""
    deadline = time.monotonic() + SETTLING_SECONDS
    wanted = {"pod-1": "Ready", "pod-2": "Ready", "client": "Ready", "nowhere": "PodScheduled"}
    while not all(_has_condition(_pod(rest, name), kind) for name, kind in wanted.items()):
        assert time.monotonic() < deadline, "the Pods of the recording do not run"
        time.sleep(0.02)


def _has_condition(pod: Object, kind: str) -> bool:
    wanted = "False" if kind == "PodScheduled" else "True"
    conditions: list[Object] = pod.get("status", {}).get("conditions") or []
    return any(each["type"] == kind and each["status"] == wanted for each in conditions)


def _without_known(difference: Difference) -> Difference:
    patterns = [pattern for pattern, _ in DIFFERENT.get(difference.number, ())]
    left = [line for line in difference.lines if not _is_known(line, patterns)]
    return Difference(difference.number, left)


def _is_known(line: str, patterns: Iterable[str]) -> bool:
    place = line.partition(": ")[0]
    return any(re.fullmatch(pattern, place) for pattern in patterns)
