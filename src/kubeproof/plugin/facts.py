"""What the reports tell of the cluster under test: asked once in each process that has one."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from kubeproof.capability import Findings
from kubeproof.cluster.base import Cluster
from kubeproof.cluster.facts import facts_of
from kubeproof.cluster.workload import Workload
from kubeproof.errors import KubeproofError
from kubeproof.model import Service, ServicePort
from kubeproof.plugin import vocabulary
from kubeproof.report.definitions import Definition
from kubeproof.report.record import PodRecord, ServiceRecord

FACTS_PROPERTY = "kubeproof-cluster"
IMAGES_PROPERTY = "kubeproof-images"
DEFINITIONS_PROPERTY = "kubeproof-definitions"
CLUSTER = pytest.StashKey[Cluster]()
FINDINGS = pytest.StashKey[Findings]()
DEFINED = pytest.StashKey[bool]()
_TOLD = pytest.StashKey[int]()  # how many findings there were when the facts were last told


def untold(config: pytest.Config) -> list[tuple[str, str]]:
    """The facts as a property of a test: the first time it is asked, and when there are more."""
    cluster, findings = config.stash.get(CLUSTER, None), config.stash.get(FINDINGS, None)
    if cluster is None or findings is None or len(findings.known) == config.stash.get(_TOLD, 0):
        return []
    config.stash[_TOLD] = len(findings.known)
    try:
        facts = facts_of(cluster, findings.known)
    except KubeproofError:  # the scenario says what is wrong with the cluster
        return []
    return [(FACTS_PROPERTY, json.dumps(facts, ensure_ascii=False))]


def undeclared(config: pytest.Config) -> list[tuple[str, str]]:
    """The step definitions as a property of a test, the first time it is asked."""
    if config.stash.get(DEFINED, False):
        return []
    config.stash[DEFINED] = True
    known = [asdict(_told(one, config.rootpath)) for one in vocabulary.definitions()]
    return [(DEFINITIONS_PROPERTY, json.dumps(known, ensure_ascii=False))]


def _told(one: vocabulary.Definition, root: Path) -> Definition:
    file, line = one.place
    path = Path(file)
    module = str(one.function.__module__).replace(".", "/")
    uri = path.relative_to(root).as_posix() if path.is_relative_to(root) else f"{module}.py"
    return Definition(one.keyword, one.expression, uri, line)


def pods_of(workload: Workload) -> list[PodRecord]:
    """The Pods that a scenario had, each where it last was."""
    return [
        PodRecord(pod.name, pod.node, pod.address, dict(pod.labels))
        for pod in workload.met_pods.values()
    ]


def services_of(workload: Workload) -> list[ServiceRecord]:
    """The Services that a scenario had."""
    return [_service(one) for one in workload.met_services.values()]


def _service(service: Service) -> ServiceRecord:
    return ServiceRecord(
        service.name,
        service.type,
        service.cluster_ip,
        [_port(port) for port in service.ports],
        service.external_traffic_policy,
        list(service.external_addresses),
        dict(service.selector),
    )


def _port(port: ServicePort) -> str:
    name = f"{port.name} " if port.name else ""
    protocol = "" if port.protocol == "TCP" else f" {port.protocol}"
    node = f" (node port {port.node_port})" if port.node_port else ""
    return f"{name}{port.port} → {port.target_port}{protocol}{node}"
