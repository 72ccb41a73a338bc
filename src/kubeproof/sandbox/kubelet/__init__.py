"""The kubelet's part: Pods as network namespaces that answer as agnhost does."""
