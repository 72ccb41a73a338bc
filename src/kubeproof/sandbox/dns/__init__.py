"""The cluster's DNS: records of Services and Pods."""
