"""Named faults, and the proof that the features notice them."""

from kubeproof.faults.fault import Fault, Place
from kubeproof.faults.registry import FAULTS, check, faults_of, named, reddening

__all__ = ["FAULTS", "Fault", "Place", "check", "faults_of", "named", "reddening"]
