"""Records of runs that never were: a feature with everything Gherkin has, and every way to end."""

import copy

from kubeproof.report.definitions import Definition
from kubeproof.report.record import (
    Evidence,
    PodRecord,
    ScenarioRecord,
    Seen,
    ServiceRecord,
    StepRecord,
)
from kubeproof.report.run import ClusterFacts, NodeFacts, RunRecord
from kubeproof.report.sources import Source

URI = "features/nodeport/doors.feature"
OUTSIDE = "a client outside the cluster (172.30.0.254)"
STARTED = "2026-01-02T03:04:05.000Z"

FEATURE = '''\
@core
Feature: Doors ↔ 문
  Doors are `open` or **shut**; see [the *handbook*](https://example.org/doors).

  - one
  - another & more

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport

  Background:
    Given Service "svc-2"

  Scenario: A door without a rule
    Then it opens

  Rule: Doors open
    What holds for every door.

    Background:
      Given Pod "pod-1" on the first node

    @np-03 @capability:outside
    Scenario: A door that opens
      When a client knocks
      Then it opens
        | hinge | colour |
        | left  | red    |

    @np-04
    Scenario: A lie <script>alert("x")</script>
      It was never true.
      When a client knocks
        """json
        {"a": "<b>"}
        """
      Then it opens

    @np-05 @capability:load-balancer @extended
    Scenario: Clouds
      When a client knocks

    @np-06 @slow
    Scenario Outline: Knocking <n> times
      When a client knocks <n> times
      Then <what>

      @etp-01
      Examples: hands
        | n | what     |
        | 1 | it opens |
        | 2 | it stays |

    @np-07
    Scenario: Fog
      When nobody knows a step like this
      Then it opens

    @np-08
    Scenario: Never run
      Then it opens
'''

MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: svc-2}
spec: {type: NodePort, ports: [{port: 9000, targetPort: 8080, nodePort: 30000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pod-1}
"""

SOURCE = Source(URI, FEATURE, "manifests/nodeport/doors.yaml", MANIFEST)


DEFINITIONS = [
    Definition("given", 'Service "(?P<name>.+?)"', "steps/services.py", 3),
    Definition("given", 'Pods? (?P<pods>"([^"]+)"(?: and "[^"]+")*) on the .+ node', "p.py", 4),
    Definition("when", "a client knocks(?: (\\d+) times)?", "steps/clients.py", 5),
    Definition("then", "it (?P<what>opens|stays)", "steps/doors.py", 6),
]


def line_of(title: str) -> int:
    """Where a scenario stands."""
    lines = FEATURE.splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.strip().endswith(f": {title}"))


def step(keyword: str, text: str, status: str = "passed", message: str = "") -> StepRecord:
    """A step that took a tenth of a second."""
    return StepRecord(keyword, text, 1, status, 0.1, 0.1, message)


def scenario(
    title: str,
    behaviour: str,
    status: str = "passed",
    reason: str = "",
    steps: tuple[StepRecord, ...] = (),
) -> ScenarioRecord:
    """A scenario on two nodes, with a Service and a Pod."""
    return ScenarioRecord(
        behaviour,
        "Doors ↔ 문",
        URI,
        "Doors open",
        title,
        line_of(title),
        ["core", behaviour],
        status,
        reason,
        0.5,
        list(steps),
        started=STARTED,
        pods=[PodRecord("pod-1", "node-1", "10.244.1.7", {"app": "pod"})],
        services=[ServiceRecord("svc-2", "NodePort", "10.96.1.2", ["9000 → 8080"], "Local")],
    )


def seen(outcome: str = "answered", node: int = 2, **more: object) -> Seen:
    """Connections from outside to a node's port, answered by the Pod on the first node."""
    target = f"the node port of node-{node}", f"172.30.0.1{node}:30000"
    one = Seen(OUTSIDE, *target, outcome, times=20, slowest=0.01)
    if outcome == "answered":
        one.pod, one.node = "pod-1", "node-1"
    for name, value in more.items():
        setattr(one, name, value)
    return one


def opened() -> ScenarioRecord:
    """One that passed, having seen three sorts of ends."""
    steps = (
        step("Given", 'Service "svc-2"'),
        step("Given", 'Pod "pod-1" on the first node'),
        step("When", "a client knocks"),
        step("Then", "it opens"),
    )
    steps[3].seen = [seen(), seen("timed out", 1), seen("refused", 1, detail="[Errno 111]")]
    steps[3].converged = 0.25
    return scenario("A door that opens", "np-03", steps=steps)


def lied() -> ScenarioRecord:
    """One that failed, after an attempt that had failed too."""
    wish = 'the door </details><img src=x onerror="boom()"> opens; seen: shut'
    steps = (
        step("Given", 'Service "svc-2"'),
        step("Given", 'Pod "pod-1" on the first node'),
        step("When", "a client knocks", "failed", wish),
    )
    record = scenario('A lie <script>alert("x")</script>', "np-04", "failed", wish, steps)
    record.earlier = [copy.deepcopy(record)]
    record.evidence = Evidence("evidence/np-04-38.txt", "== Services\n</pre><b>svc-2</b>\n== Pods")
    return record


def clouds() -> ScenarioRecord:
    """One that was skipped."""
    return scenario("Clouds", "np-05", "skipped", "this cluster has no load balancer")


def knocks(n: int, what: str, status: str = "passed") -> ScenarioRecord:
    """A row of the outline."""
    record = scenario(
        "Knocking <n> times", "np-06", status, "" if status == "passed" else "it fell"
    )
    record.scenario = f"Knocking {n} times"
    record.example = {"n": str(n), "what": what}
    return record


def fog() -> ScenarioRecord:
    """One with a step that nobody has defined."""
    steps = (
        step("Given", 'Service "svc-2"'),
        step("Given", 'Pod "pod-1" on the first node'),
        step("When", "nobody knows a step like this", "undefined", "no such step"),
    )
    return scenario("Fog", "np-07", "broken", "no such step", steps)


def run(*scenarios: ScenarioRecord, kind: str = "kubeconfig") -> RunRecord:
    """A run with these records, or with one of each sort."""
    nodes = [NodeFacts(f"node-{n}", [f"172.30.0.1{n}"], kernel="6.1") for n in (1, 2)]
    cluster = ClusterFacts(
        kind, "v1.36.2", "kind", "nftables", "kindnet", ["IPv4"], "", nodes, {}, {"zones": "none"}
    )
    every = [opened(), lied(), clouds(), knocks(1, "it opens"), knocks(2, "it stays"), fog()]
    return RunRecord(
        {"kubeproof": "0.1.0", "python": "3.11", "kernel": "6.1"},
        cluster,
        [SOURCE],
        list(scenarios) or every,
        {"agnhost:2.53": "agnhost@sha256:" + "0" * 64},
        DEFINITIONS,
        STARTED,
        "2026-01-02T03:04:15.000Z",
    )
