"""Where Docker is: as its own command line finds it."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

USUAL = "/var/run/docker.sock"


def docker_host(environment: Mapping[str, str] = os.environ) -> str:
    """The URL of the Docker to be used, such as ``unix:///var/run/docker.sock``.

    That is $DOCKER_HOST, else the endpoint of the context in use, else the first of the usual
    sockets that exists (docs.docker.com/engine/manage-resources/contexts).
    """
    if host := environment.get("DOCKER_HOST"):
        return host
    folder = Path(environment.get("DOCKER_CONFIG") or _home(environment) / ".docker")
    if host := _of_context(folder, environment.get("DOCKER_CONTEXT", "")):
        return host
    found = next((path for path in _sockets(environment) if path.exists()), Path(USUAL))
    return f"unix://{found}"


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME", "/"))


def _of_context(folder: Path, name: str) -> str:
    name = name or str(_json(folder / "config.json").get("currentContext", ""))
    if name in ("", "default"):
        return ""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = _json(folder / "contexts" / "meta" / digest / "meta.json")
    return str(meta.get("Endpoints", {}).get("docker", {}).get("Host", ""))


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # no such file, or one that Docker itself would complain about


def _sockets(environment: Mapping[str, str]) -> list[Path]:
    rootless = environment.get("XDG_RUNTIME_DIR")
    return [
        Path(USUAL),
        *([Path(rootless) / "docker.sock"] if rootless else []),
        _home(environment) / ".docker" / "run" / "docker.sock",
    ]
