"""The kubeconfig of a sandbox, as kubectl and every client library read it."""

import json

_TEXT = """\
apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: {url}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {name}
users:
- name: {name}
  user:
    token: {token}
current-context: {name}
"""


def kubeconfig(name: str, url: str, token: str) -> str:
    """YAML text with one cluster, one user with a bearer token, and the context that joins them.

    Values are written as JSON strings, which YAML reads as they are.
    """
    return _TEXT.format(name=json.dumps(name), url=json.dumps(url), token=json.dumps(token))
