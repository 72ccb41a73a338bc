"""Tests of kubeproof.probing."""
