"""Tests of kubeproof.cli."""
