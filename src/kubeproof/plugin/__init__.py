"""The pytest plugin: it collects ``.feature`` files and runs them against a cluster.

It is never loaded by itself, so that other projects' pytest runs are left alone: name it with
``-p kubeproof.plugin``, in a root conftest (``pytest_plugins = ["kubeproof.plugin"]``), or run
``kubeproof run``.
"""

from kubeproof.plugin.collection import pytest_collect_file, pytest_collection_modifyitems
from kubeproof.plugin.fixtures import (
    asking,
    attempt,
    clients,
    cluster,
    companions,
    control,
    deployments,
    findings,
    judge,
    lag,
    manifest,
    naming,
    node_marks,
    node_ports,
    nodes,
    operator,
    pool,
    run_of_cluster,
    scenario_record,
    workload,
)
from kubeproof.plugin.gate import capable
from kubeproof.plugin.options import pytest_addoption, pytest_configure
from kubeproof.plugin.recording import (
    pytest_bdd_after_step,
    pytest_bdd_before_step,
    pytest_bdd_step_error,
    pytest_bdd_step_func_lookup_error,
    pytest_report_teststatus,
    pytest_runtest_makereport,
    pytest_runtest_setup,
)
from kubeproof.plugin.tags import pytest_bdd_apply_tag
from kubeproof.plugin.upcoming import pytest_runtest_protocol

__all__ = [
    "asking",
    "attempt",
    "capable",
    "clients",
    "cluster",
    "companions",
    "control",
    "deployments",
    "findings",
    "judge",
    "lag",
    "manifest",
    "naming",
    "node_marks",
    "node_ports",
    "nodes",
    "operator",
    "pool",
    "pytest_addoption",
    "pytest_bdd_after_step",
    "pytest_bdd_apply_tag",
    "pytest_bdd_before_step",
    "pytest_bdd_step_error",
    "pytest_bdd_step_func_lookup_error",
    "pytest_collect_file",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_report_teststatus",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "run_of_cluster",
    "scenario_record",
    "workload",
]
