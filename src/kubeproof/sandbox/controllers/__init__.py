"""The control loops of the sandbox, as Kubernetes' controller manager and scheduler have them."""
