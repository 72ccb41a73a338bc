"""Data of the suite: features."""
