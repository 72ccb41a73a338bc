"""The options of a run: declared once, handed on as they were given."""

import argparse

import pytest

from kubeproof.options import add_options, arguments_of

GIVEN = [
    "--cluster=kubeconfig",
    "--kubeconfig=/a folder/config",
    "--context=dev",
    "--protect=live",
    "--allow-protected",
    "--tags=@np-03 or @core and not @slow",
    "--report=out",
    "--nodes=2",
    "--no-load-balancer",
    "--servers=2",
    "--zones=2",
    "--k3s-image=rancher/k3s:v1.36.2-k3s1",
    "--proxy-mode=nftables",
    "--load-balancer=none",
    "--api-port=6443",
    "--fault=no-hairpin",
    "--fault=no-reject@k8s-node2",
    "--budget=dataplane=30",
    "--image=registry.example/agnhost:2.53",
]


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument)
    return parser.parse_args(arguments)


def test_what_was_not_given_is_not_handed_on() -> None:
    assert arguments_of(parsed()) == []


def test_everything_that_was_given_is_handed_on() -> None:
    assert arguments_of(parsed(*GIVEN)) == GIVEN


@pytest.mark.parametrize("argument", GIVEN)
def test_each_option_alone_is_handed_on(argument: str) -> None:
    assert arguments_of(parsed(argument)) == [argument]


def test_a_value_that_is_the_default_need_not_be_handed_on() -> None:
    assert arguments_of(parsed("--nodes=3", "--cluster", "auto")) == []


def test_the_list_of_options_that_are_handed_on_is_complete() -> None:
    given = vars(parsed(*GIVEN))
    usual = vars(parsed())
    assert {name for name in given if given[name] == usual[name]} == set()


def test_what_is_handed_on_reads_as_the_same_options() -> None:
    once = parsed(*GIVEN)
    assert parsed(*arguments_of(once)) == once


def test_lists_do_not_leak_from_one_parsing_into_the_next() -> None:
    parsed("--fault=no-hairpin")
    assert parsed().fault == []


@pytest.mark.parametrize("name", ["--nodes", "--api-port"])
def test_a_number_is_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(name, "many")
    assert caught.value.code == 2
    assert "invalid int value: 'many'" in capsys.readouterr().err
