"""Check this host, try to start a sandbox on it, and print both outcomes as JSON."""

import json
from dataclasses import asdict

from kubeproof.sandbox.client import Sandbox
from kubeproof.sandbox.errors import SandboxUnavailable
from kubeproof.sandbox.hostcheck import check_host


def main() -> None:
    checks = [asdict(check) for check in check_host()]
    try:
        Sandbox.start().close()
        refused = ""
    except SandboxUnavailable as unavailable:
        refused = str(unavailable)
    print(json.dumps({"checks": checks, "refused": refused}))


if __name__ == "__main__":
    main()
