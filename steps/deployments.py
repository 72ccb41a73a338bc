"""Deployments: many Pods alike, which are replaced one after the other."""

from pytest_bdd import given, parsers, when

from kubeproof.cluster.deployments import Deployments


@given(parsers.parse('Deployment "{name}"'))
def deployment_runs(deployments: Deployments, name: str) -> None:
    """The Deployment of that name from the feature's manifest has been rolled out."""
    deployments.start(name)


@when(parsers.parse('Deployment "{name}" is rolled out anew'))
def deployment_is_rolled_out(deployments: Deployments, name: str) -> None:
    """Every Pod has been replaced by one of a new revision, as the Deployment's strategy says."""
    deployments.roll_out(name)
