"""The Kubernetes API of the sandbox: store, rules of REST, discovery, watches."""
