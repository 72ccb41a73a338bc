"""Tests of kubeproof itself."""
