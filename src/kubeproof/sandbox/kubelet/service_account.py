"""What a container finds of its ServiceAccount: the certificate to know the API server by.

Source: "Configure Service Accounts for Pods". There is no token: the sandbox knows one user only.
"""

from collections.abc import Mapping

from kubeproof.sandbox.objects import Object

_MOUNTED_AT = "/var/run/secrets/kubernetes.io/serviceaccount"


def service_account_files(container: Object, authority: str) -> Mapping[str, str]:
    """The files by path; none where the container does not mount them."""
    mounts: list[Object] = container.get("volumeMounts") or []
    if not authority or all(mount.get("mountPath") != _MOUNTED_AT for mount in mounts):
        return {}
    return {f"{_MOUNTED_AT}/ca.crt": authority}
