"""Controllers: what brings the cluster to the state its objects ask for."""

from kubeproof.sandbox.controllers.control_plane import ControllerOptions, Controllers

__all__ = ["ControllerOptions", "Controllers"]
