"""The node's part of the cluster: runs Pods, probes them, ends them and reports what they do."""
