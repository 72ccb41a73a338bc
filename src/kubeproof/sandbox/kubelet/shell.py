"""What runs when netexec is asked for a shell: the few commands that the sandbox's Pods have.

``cat`` shows the files that the kubelet writes, and ``env`` the environment. From the Pod's own
network namespace ``dig`` asks DNS, ``curl`` a server over TLS, and ``nc`` sends what ``echo`` feeds
it. ``hostname`` and ``seq`` write what they always do, and ``&&`` joins commands. A ``curl`` that
writes to a file may be left in the background, and ended by ``kill``. There are no other pipes, no
variables and no other programs.
"""

import re
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from kubeproof.sandbox.kubelet import curl_kept
from kubeproof.sandbox.kubelet.curl_over_tls import curl_over_tls
from kubeproof.sandbox.kubelet.dig import dig
from kubeproof.sandbox.kubelet.jobs import Jobs
from kubeproof.sandbox.kubelet.nc import nc
from kubeproof.sandbox.kubelet.process import Surroundings

_NOT_FOUND = 127
_SYNTAX_ERROR = 2
_BEHIND = re.compile(r"curl (?P<words>.+) >(?P<path>/tmp/[\w.-]+) 2>&1 & echo \$!")
_KILL = re.compile(r"kill (\d+)")
_BEYOND_WORDS = frozenset("|&;<>()$`*?#~'\"\\")


class Ended(NamedTuple):
    """What a command wrote, to either stream, and its exit status."""

    output: str
    status: int = 0


Command: TypeAlias = Callable[[Surroundings, Sequence[str]], Awaitable[Ended]]


async def run(where: Surroundings, line: str, jobs: Jobs | None = None) -> Ended:
    """Run one command line as ``sh -c`` would, as far as it is words only and ``&&``.

    What it leaves in the background is among the ``jobs``.
    """
    jobs = jobs or Jobs()
    first, joined, rest = line.partition(" && ")
    if joined:
        ended = await run(where, first, jobs)
        if ended.status:
            return ended
        then = await run(where, rest, jobs)
        return Ended(ended.output + then.output, then.status)
    if found := _BEHIND.fullmatch(line):
        return _left_behind(where, jobs, found["path"], shlex.split(found["words"]))
    if found := _KILL.fullmatch(line):
        return _killed(jobs, int(found[1]))
    if found := re.fullmatch(r"echo ([\w ]+) \| nc ([\w. -]+)", line):
        return Ended(*await nc(where, found[2].split(), f"{found[1]}\n"))
    if _BEYOND_WORDS & set(line):
        why = "the sandbox's shell runs one command without redirection, quoting or variables"
        return Ended(f"/bin/sh: 1: Syntax error: {why}\n", _SYNTAX_ERROR)
    name, *arguments = line.split() or [""]
    command = _COMMANDS.get(name)
    if command is None:
        return Ended(f"/bin/sh: 1: {name}: not found\n" if name else "", _NOT_FOUND if name else 0)
    seen = where._replace(files={**where.files, **jobs.files})
    return await command(seen, arguments)


def _left_behind(where: Surroundings, jobs: Jobs, path: str, words: Sequence[str]) -> Ended:
    """Start the curl that goes on; its output is the file's."""
    wanted = curl_kept.read(words)
    jobs.write(path, "" if wanted else f"curl: (2) {curl_kept.USAGE}\n")
    if wanted is None:
        return Ended("0\n")
    work = curl_kept.curl_kept(where, wanted, lambda text: jobs.write(path, text))
    return Ended(f"{jobs.start(work)}\n")


def _killed(jobs: Jobs, number: int) -> Ended:
    if jobs.kill(number):
        return Ended("")
    return Ended("/bin/sh: 1: kill: No such process\n\n", 1)


async def _cat(where: Surroundings, paths: Sequence[str]) -> Ended:
    missing = [path for path in paths if path not in where.files]
    if missing:
        return Ended(f"cat: {missing[0]}: No such file or directory\n", 1)
    return Ended("".join(where.files[path] for path in paths))


async def _curl_over_tls(where: Surroundings, arguments: Sequence[str]) -> Ended:
    return Ended(*await curl_over_tls(where, arguments))


async def _env(where: Surroundings, arguments: Sequence[str]) -> Ended:
    return Ended("".join(f"{name}={value}\n" for name, value in where.environment().items()))


async def _dig(where: Surroundings, arguments: Sequence[str]) -> Ended:
    return Ended(*await dig(where.resolver, arguments))


async def _hostname(where: Surroundings, arguments: Sequence[str]) -> Ended:
    return Ended(f"{where.hostname}\n")


async def _seq(where: Surroundings, arguments: Sequence[str]) -> Ended:
    if len(arguments) != 2 or not all(one.isdecimal() for one in arguments):
        return Ended("seq: the sandbox's takes the first number and the last\n", 1)
    first, last = (int(one) for one in arguments)
    return Ended("".join(f"{number}\n" for number in range(first, last + 1)))


_COMMANDS: Mapping[str, Command] = {
    "cat": _cat,
    "curl": _curl_over_tls,
    "dig": _dig,
    "env": _env,
    "hostname": _hostname,
    "seq": _seq,
}
