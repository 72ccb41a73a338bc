"""Data of the suite: manifests."""
