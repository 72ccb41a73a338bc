"""Asking over the network: who asks (vantage), what is dialled (target), how it ended (outcome)."""

from kubeproof.probing.observation import Observation, Outcome, Sample, Target
from kubeproof.probing.question import Question
from kubeproof.probing.vantage import Vantage

__all__ = ["Observation", "Outcome", "Question", "Sample", "Target", "Vantage"]
