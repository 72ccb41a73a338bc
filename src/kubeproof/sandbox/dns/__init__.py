"""The cluster's DNS: names of Services and Pods, answered as CoreDNS answers them."""
