"""From an error to an outcome, by what really happened."""

import errno
import os
import socket

import httpx
import pytest

from kubeproof.probing import Outcome
from kubeproof.probing.classify import of_exception, of_go_words

GET = 'Get "http://10.96.0.7:9000/hostname": '


def raised_from(outer: BaseException, cause: BaseException) -> BaseException:
    outer.__cause__ = cause
    return outer


def raised_while(outer: BaseException, context: BaseException) -> BaseException:
    outer.__context__ = context
    return outer


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (errno.ECONNREFUSED, Outcome.REFUSED),
        (errno.ECONNRESET, Outcome.RESET),
        (errno.EPIPE, Outcome.RESET),
        (errno.ENETUNREACH, Outcome.UNREACHABLE),
        (errno.EHOSTUNREACH, Outcome.UNREACHABLE),
        (errno.ETIMEDOUT, Outcome.TIMED_OUT),
        (errno.EMFILE, Outcome.BROKEN),
        (errno.EACCES, Outcome.BROKEN),
        (errno.EADDRNOTAVAIL, Outcome.BROKEN),
    ],
)
def test_an_error_number_tells_at_any_depth(number: int, outcome: Outcome) -> None:
    error = OSError(number, os.strerror(number))
    assert of_exception(error) is outcome
    assert of_exception(raised_from(httpx.ConnectError("all attempts failed"), error)) is outcome
    deep = raised_from(httpx.ConnectError("x"), raised_while(RuntimeError("y"), error))
    assert of_exception(deep) is outcome


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("timed out"),
        httpx.ConnectTimeout(""),
        httpx.ReadTimeout(""),
        httpx.WriteTimeout(""),
        raised_from(httpx.ConnectError(""), TimeoutError()),
    ],
)
def test_time_outs(error: BaseException) -> None:
    assert of_exception(error) is Outcome.TIMED_OUT


def test_a_name_that_does_not_resolve() -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert of_exception(error) is Outcome.NAME_NOT_FOUND
    assert of_exception(raised_from(httpx.ConnectError(""), error)) is Outcome.NAME_NOT_FOUND


def test_a_connection_that_closes_before_the_answer_was_reset() -> None:
    error = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    assert of_exception(error) is Outcome.RESET


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a defect of the check"),
        OSError("without a number"),
        httpx.ConnectError("of which nothing more is known"),
        httpx.UnsupportedProtocol("https"),
    ],
)
def test_whatever_else_it_is_the_check_is_broken(error: BaseException) -> None:
    assert of_exception(error) is Outcome.BROKEN


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("dial tcp 10.96.0.7:9000: connect: connection refused", Outcome.REFUSED),
        (
            "read tcp 10.244.1.2:33000->10.96.0.7:9000: read: connection reset by peer",
            Outcome.RESET,
        ),
        ("EOF", Outcome.RESET),
        ("unexpected EOF", Outcome.RESET),
        ("write tcp 10.244.1.2:33000->10.96.0.7:9000: write: broken pipe", Outcome.RESET),
        ("dial tcp 172.30.0.250:80: connect: no route to host", Outcome.UNREACHABLE),
        ("dial tcp 192.0.2.1:80: connect: network is unreachable", Outcome.UNREACHABLE),
        ("dial tcp: lookup svc-1 on 10.96.0.10:53: no such host", Outcome.NAME_NOT_FOUND),
        ("dial tcp: lookup svc-1 on 10.96.0.10:53: server misbehaving", Outcome.NAME_NOT_FOUND),
        (
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            Outcome.TIMED_OUT,
        ),
        ("dial tcp 10.96.0.7:9000: i/o timeout", Outcome.TIMED_OUT),
        ("dial tcp 10.96.0.7:9000: connect: connection timed out", Outcome.TIMED_OUT),
        ("malformed HTTP response", Outcome.BROKEN),
        ("GEOFENCE", Outcome.BROKEN),
        ("", Outcome.BROKEN),
    ],
)
def test_the_words_of_gos_net_package(words: str, outcome: Outcome) -> None:
    assert of_go_words(GET + words) is outcome
