"""Tests of kubeproof.cluster."""
