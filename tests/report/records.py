"""Records as the tests of reports need them."""

from dataclasses import replace
from typing import Any

from kubeproof.probing import Observation, Outcome, Target
from kubeproof.report.record import ScenarioRecord, StepRecord

DOOR = Target("the node port of n1", "172.30.0.11", 30000)


def observation(outcome: Outcome = Outcome.ANSWERED, **given: Any) -> Observation:
    one = Observation("a client", DOOR, outcome, 0.01)
    if outcome is Outcome.ANSWERED:
        one = replace(one, pod="pod-1")
    return replace(one, **given)


def step(text: str, status: str = "passed", *, keyword: str = "When", **given: Any) -> StepRecord:
    return StepRecord(keyword, text, 7, status, **given)


def scenario(**given: Any) -> ScenarioRecord:
    usual: dict[str, Any] = {
        "behaviour": "np-03",
        "feature": "A NodePort Service",
        "uri": "features/nodeport/node_port.feature",
        "rule": "The port is open on every node",
        "scenario": "NodePort on every node reaches Pods on other nodes",
        "line": 31,
        "tags": ["capability:outside", "core", "np-03"],
        "status": "passed",
        "seconds": 0.25,
    }
    return ScenarioRecord(**(usual | given))
