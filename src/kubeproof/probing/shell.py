"""Commands in a Pod: agnhost's netexec runs them at ``/shell``, as upstream's own tests have it.

It is reached through the API server's Pod proxy as ``/dial`` is, so that no other right is needed
(kubernetes/test/images/agnhost, netexec).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from kubeproof.errors import CheckBroken

# Asks one page of the Pod, through the API server's proxy, with these query parameters.
PodProxy = Callable[[str, dict[str, str]], httpx.Response]

_NOT_FOUND = "exit status 127"  # sh(1): there is no such command


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command wrote to either stream, and how it ended: empty if well."""

    output: str
    error: str = ""


@dataclass(frozen=True)
class Shell:
    """Runs commands in one Pod."""

    name: str
    proxy: PodProxy = field(repr=False)

    def run(self, *words: str) -> Ended:
        """Run a command and wait for its end.

        Raises:
            CheckBroken: the Pod cannot be asked, or has no such command.
        """
        try:
            answer = self.proxy("shell", {"shellCommand": " ".join(words)})
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise CheckBroken(f"{self.name} cannot be asked to run {words[0]}: {why}") from error
        told = _told(answer)
        if answer.status_code != 200 or told is None or told.get("error") == _NOT_FOUND:
            why = f"HTTP {answer.status_code}, {answer.text[:160].strip()!r}"
            raise CheckBroken(f"{self.name} cannot run {words[0]}: {why}")
        return Ended(str(told.get("output", "")), str(told.get("error", "")))

    def read(self, *words: str) -> str:
        """What a command wrote that must end well.

        Raises:
            CheckBroken: it did not.
        """
        ended = self.run(*words)
        if ended.error:
            said = ended.output.strip()[:160]
            raise CheckBroken(f"{self.name}: {' '.join(words)}: {ended.error}, {said!r}")
        return ended.output


def _told(answer: httpx.Response) -> Mapping[str, object] | None:
    try:
        said: object = answer.json()
    except ValueError:
        return None
    return cast(Mapping[str, object], said) if isinstance(said, dict) else None
