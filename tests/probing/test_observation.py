"""Observations and samples, as they are told and written down."""

import json
from dataclasses import replace

from kubeproof.probing import Observation, Outcome, Sample, Target

TARGET = Target("the node port of n1", "172.30.0.11", 30000)
ANSWERED = Observation("a client", TARGET, Outcome.ANSWERED, 0.0123456, "pod-1", "172.30.0.254")
LOST = Observation("a client", TARGET, Outcome.TIMED_OUT, 1.0, detail="timed out")


def test_a_target_is_told_with_its_address() -> None:
    assert str(TARGET) == "the node port of n1 (172.30.0.11:30000)"
    assert TARGET.url("hostname") == "http://172.30.0.11:30000/hostname"
    assert not TARGET.proxied


def test_a_target_with_a_path_stands_behind_a_proxy() -> None:
    target = replace(TARGET, path="/proxy/")
    assert target.proxied
    assert target.url("clientip") == "http://172.30.0.11:30000/proxy/clientip"


def test_an_answer_is_told_with_the_pod_and_whom_it_saw() -> None:
    assert str(ANSWERED) == (
        "a client → the node port of n1 (172.30.0.11:30000): "
        "answered by pod-1, who saw 172.30.0.254"
    )


def test_any_other_end_is_told_with_its_reason() -> None:
    assert str(LOST).endswith(": timed out [timed out]")
    assert str(replace(LOST, detail="")).endswith(": timed out")


def test_an_observation_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(ANSWERED.record())) == {
        "vantage": "a client",
        "target": {
            "label": TARGET.label,
            "host": "172.30.0.11",
            "port": 30000,
            "path": "/",
            "protocol": "TCP",
            "is_api": False,
            "health_of": "",
        },
        "outcome": "answered",
        "seconds": 0.0123,
        "pod": "pod-1",
        "source": "172.30.0.254",
        "detail": "",
    }


def test_a_sample_counts_the_pods_that_answered() -> None:
    sample = Sample([ANSWERED, LOST, replace(ANSWERED, pod="pod-2"), ANSWERED])
    assert sample.pods() == {"pod-1": 2, "pod-2": 1}
    assert len(sample) == 4
    assert list(sample)[1] is LOST


def test_a_sample_is_told_with_equal_observations_once() -> None:
    sample = Sample([ANSWERED, LOST, replace(ANSWERED, seconds=9.0)])
    assert str(sample) == f"{ANSWERED} (×2); {LOST}"
    assert str(Sample([])) == ""
