"""Tests of kubeproof.plugin."""
