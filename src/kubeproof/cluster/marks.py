"""The labels by which everything that a run makes is found again."""

MANAGED_BY = "app.kubernetes.io/managed-by"
RUN = "kubeproof.dev/run"
