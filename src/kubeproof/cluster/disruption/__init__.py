"""Faults done to real nodes, which undo themselves when nobody holds them any more."""
