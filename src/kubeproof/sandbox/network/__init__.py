"""Network namespaces, links, addresses and routes."""
