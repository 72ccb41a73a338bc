"""What the nodes of a cluster said that could not be brought up, kept before they go."""

import json
from pathlib import Path

from kubeproof.cluster.docker_client import Docker
from kubeproof.cluster.redaction import redacted
from kubeproof.errors import ClusterUnavailable


def keep_logs(docker: Docker, containers: list[str], folder: Path, secrets: list[str]) -> str:
    """Write each container's log and state into a folder; a sentence about what is there.

    Never raises: it must not hide why the cluster could not be brought up.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lines = [_kept(docker, name, folder, secrets) for name in sorted(containers)]
    except OSError as error:
        return f"its logs could not be kept: {error}"
    if not lines:
        return "no node was created"
    return f"{'; '.join(lines)}; logs: {folder}"


def _kept(docker: Docker, name: str, folder: Path, secrets: list[str]) -> str:
    try:
        return _keep(docker, name, folder, secrets)
    except ClusterUnavailable as error:  # gone in the meantime: the others are still there
        return f"{name}: {error}"


def _keep(docker: Docker, name: str, folder: Path, secrets: list[str]) -> str:
    inspected = docker.inspect(name)
    state = inspected["State"]
    shown = {key: inspected[key] for key in ("Name", "State", "Image", "RestartCount")}
    (folder / f"{name}.json").write_text(redacted(json.dumps(shown, indent=1), secrets))
    log = redacted(docker.logs(name), secrets)
    (folder / f"{name}.log").write_text(log, encoding="utf-8")
    said = [line for line in log.splitlines() if "level=fatal" in line] or log.splitlines()
    last = f", which said last: {_without_time(said[-1])[:200]}" if said else ", which said nothing"
    code = f" with {state['ExitCode']}" if state["Status"] == "exited" else ""
    return f"{name} {state['Status']}{code}{last}"


def _without_time(line: str) -> str:
    return line.partition(" ")[2].strip() or line
