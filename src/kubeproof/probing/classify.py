"""From an error to an outcome: once, at the boundary, by what really happened.

``httpx.ConnectError`` covers refused, unreachable and unknown names alike, so the cause is looked
for; agnhost reports errors in the words of Go's ``net`` package, which are matched here.
"""

import errno
import re
import socket

import httpx

from kubeproof.probing.observation import Outcome

_BY_ERRNO = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.ECONNRESET: Outcome.RESET,
    errno.EPIPE: Outcome.RESET,
    errno.ENETUNREACH: Outcome.UNREACHABLE,
    errno.EHOSTUNREACH: Outcome.UNREACHABLE,
    errno.ETIMEDOUT: Outcome.TIMED_OUT,
}

_GO_WORDS: tuple[tuple[str, Outcome], ...] = (
    (r"connection refused", Outcome.REFUSED),
    (r"connection reset by peer|\bEOF\b|broken pipe", Outcome.RESET),
    (r"no route to host|network is unreachable", Outcome.UNREACHABLE),
    (r"no such host|server misbehaving", Outcome.NAME_NOT_FOUND),
    (r"deadline exceeded|i/o timeout|connection timed out", Outcome.TIMED_OUT),
)

# Exit statuses (curl(1)). With any other somebody else answered, or nobody knows who did.
_BY_CURL_STATUS = {
    6: Outcome.NAME_NOT_FOUND,
    7: Outcome.UNREACHABLE,  # refused, or no way there: curl does not tell which
    28: Outcome.TIMED_OUT,
    52: Outcome.RESET,
    55: Outcome.RESET,
    56: Outcome.RESET,
}


def of_curl_status(status: int) -> Outcome:
    """The outcome that an exit status of curl tells of; BROKEN for one that is not known."""
    return _BY_CURL_STATUS.get(status, Outcome.BROKEN)


def of_exception(error: BaseException) -> Outcome:
    """The outcome of a connection that ended in this error; BROKEN if it was no network matter."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError | httpx.TimeoutException):
            return Outcome.TIMED_OUT
        if isinstance(cause, socket.gaierror):
            return Outcome.NAME_NOT_FOUND
        if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
            return _BY_ERRNO[cause.errno]
        if isinstance(cause, httpx.RemoteProtocolError):
            return Outcome.RESET  # closed in the middle of, or before, the answer
        cause = cause.__cause__ or cause.__context__
    return Outcome.BROKEN


def of_go_words(text: str) -> Outcome:
    """The outcome that agnhost's error text tells of; BROKEN for words that are not known."""
    return next((outcome for words, outcome in _GO_WORDS if re.search(words, text)), Outcome.BROKEN)
