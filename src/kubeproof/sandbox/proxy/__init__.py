"""Service rules: what kube-proxy's nftables mode does, rendered and programmed."""
