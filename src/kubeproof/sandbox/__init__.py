"""The embedded cluster: nodes and Pods are network namespaces, packets are the kernel's.

It knows nothing of pytest nor of the rest of kubeproof; everything reaches it through its
kubeconfig, its control socket and the sockets it hands out.
"""
