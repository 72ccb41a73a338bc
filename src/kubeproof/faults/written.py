"""The proof as JSON: what machines compare, and what the page is made from."""

import platform
from typing import Any

import kubeproof
from kubeproof.faults.fault import Fault
from kubeproof.faults.matrix import complaints, summary
from kubeproof.faults.proof import Proof
from kubeproof.faults.trial import Judged, Outcome
from kubeproof.inventory import behaviours


def record(proof: Proof) -> dict[str, Any]:
    """The whole proof."""
    claims = behaviours()
    return {
        "holds": proof.holds,
        "facts": facts(proof.cluster),
        "summary": summary(proof),
        "complaints": complaints(proof),
        "seconds": round(proof.seconds, 1),
        "fresh_sandboxes": proof.fresh_sandboxes,
        "behaviours": [
            {
                "id": one,
                "claim": claims[one].claim if one in claims else "",
                "at_rest": _outcome(proof.at_rest[one]),
                "caught": proof.catching(one),
            }
            for one in proof.plan.behaviours
        ],
        "faults": [_fault(one) for one in _tried(proof)],
        "not_done": proof.not_done,
        "not_yet": [_fault(one) for one in proof.plan.not_yet],
        "trials": [_judged(one) for one in proof.judged.values()],
    }


def facts(cluster: str) -> dict[str, str]:
    """What produced the proof: it speaks of the suite, and never of Kubernetes."""
    return {
        "kubeproof": kubeproof.__version__,
        "cluster": cluster,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def _tried(proof: Proof) -> list[Fault]:
    tried = {trial.fault for trial in proof.judged}
    return sorted((proof.plan.fault(name) for name in tried), key=lambda fault: fault.name)


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "sentence": fault.sentence,
        "reference": fault.reference,
        "seen_before": fault.seen_before,
        "acts": fault.acts.value,
        "must_be_noticed_by": list(fault.behaviours),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "behaviour": judged.trial.behaviour,
        "fault": judged.trial.fault,
        "verdict": judged.verdict.value,
        "again": judged.again,
        **_outcome(judged.outcome),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    telling = outcome.telling
    return {
        "status": telling.status,
        "scenario": telling.scenario,
        "reason": telling.reason,
        "told": telling.told,
        "seconds": outcome.seconds,
    }
