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

    The token is also the path of the server's URL, because kubectl does not send it over plain
    HTTP otherwise. Values are written as JSON strings, which YAML reads as they are.
    """
    server = f"{url}/{token}"
    return _TEXT.format(name=json.dumps(name), url=json.dumps(server), token=json.dumps(token))
