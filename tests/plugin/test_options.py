"""Options of a run: what is refused before anything is collected."""

import argparse

import pytest

from kubeproof.cluster.choose import Wanted
from kubeproof.errors import Misuse
from kubeproof.options import add_options
from kubeproof.plugin.options import check


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument)
    return parser.parse_args(arguments)


def test_the_cluster_kind_is_the_sandbox_unless_something_else_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KUBEPROOF_CLUSTER", raising=False)
    assert check(options()) == "sandbox"
    assert check(options("--cluster=kubeconfig")) == "kubeconfig"
    monkeypatch.setenv("KUBEPROOF_CLUSTER", "kubeconfig")
    assert check(options()) == "kubeconfig"
    assert check(options("--cluster=sandbox")) == "sandbox"


def test_a_kind_in_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEPROOF_CLUSTER", "moon")
    with pytest.raises(Misuse, match="unknown cluster kind 'moon'"):
        check(options())


BAD = {
    "kind": ("--cluster=moon", "unknown cluster kind 'moon'; choose auto, sandbox, kubeconfig"),
    "budget": ("--budget=patience=3", "unknown budget 'patience'; choose pods_ready"),
    "number": ("--budget=dataplane=soon", "budget dataplane takes a number, not 'soon'"),
    "operand": ("--tags=@a and", "--tags '@a and' is no tag expression: "),
    "syntax": ("--tags=and and", "--tags 'and and' is no tag expression: Syntax error"),
    "bracket": ("--tags=(@a", "--tags '(@a' is no tag expression: "),
}


@pytest.mark.parametrize(("argument", "told"), BAD.values(), ids=BAD.keys())
def test_what_makes_no_sense_is_told_in_a_line(argument: str, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        check(options(argument))
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_what_is_wanted_is_everything_that_was_given() -> None:
    from kubeproof.plugin.options import wanted_of

    given = options(
        "--cluster=sandbox", "--nodes=2", "--no-load-balancer", "--api-port=6443",
        "--fault=a", "--fault=b@n1", "--budget=dataplane=9", "--kubeconfig=k", "--context=c",
    )  # fmt: skip

    class Config:
        option = given

    assert wanted_of(Config()) == Wanted(  # pyright: ignore[reportArgumentType] - all it looks at
        kind="sandbox",
        kubeconfig="k",
        context="c",
        nodes=2,
        load_balancer=False,
        api_port=6443,
        faults=("a", "b@n1"),
        budgets=("dataplane=9",),
    )
