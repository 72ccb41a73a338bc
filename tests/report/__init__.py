"""Tests of kubeproof.report."""
