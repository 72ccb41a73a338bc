"""Executable, living documentation of how Kubernetes Services route traffic."""

__version__ = "0.1.0"
