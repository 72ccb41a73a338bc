"""NetworkPolicies: what they allow, as rules of each node for its own Pods."""
