"""What a container does at a moment, as status.containerStatuses shows it."""

from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from kubeproof.sandbox.objects import Object


def rfc3339(seconds: float) -> str:
    """A moment as Kubernetes writes it (UTC, whole seconds)."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Waiting(NamedTuple):
    """It does not run yet, or not again yet."""

    reason: str = "ContainerCreating"
    message: str = ""

    def shown(self) -> Object:
        """The state as the API shows it."""
        waiting = {"reason": self.reason, "message": self.message}
        return {"waiting": {key: value for key, value in waiting.items() if value}}


class Running(NamedTuple):
    """It runs since a moment, in seconds since the epoch."""

    started_at: float

    def shown(self) -> Object:
        """The state as the API shows it."""
        return {"running": {"startedAt": rfc3339(self.started_at)}}


class Terminated(NamedTuple):
    """It has ended; moments in seconds since the epoch."""

    exit_code: int
    reason: str
    started_at: float
    finished_at: float
    container_id: str
    message: str = ""

    def shown(self) -> Object:
        """The state as the API shows it."""
        shown: Object = {"exitCode": self.exit_code, "reason": self.reason}
        if self.message:
            shown["message"] = self.message
        shown["startedAt"] = rfc3339(self.started_at)
        shown["finishedAt"] = rfc3339(self.finished_at)
        shown["containerID"] = self.container_id
        return {"terminated": shown}


State: TypeAlias = "Waiting | Running | Terminated"
