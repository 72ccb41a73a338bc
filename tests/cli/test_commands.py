"""Commands, their help, and what is said to whoever mistypes one. None of these needs a sandbox."""

from pathlib import Path

import pytest

import kubeproof
from kubeproof.cli import COMMANDS, main
from kubeproof.plugin import exits
from tests.cli import console
from tests.cli.console import complaint
from tests.plugin.project import Project, scenario
from tests.probing.servers import closed_port

FEATURES = str(Path(__file__).parents[2] / "features")


def test_help_tells_the_exit_codes(tmp_path: Path) -> None:
    ended = console.kubeproof("--help", home=tmp_path)
    assert ended.code == 0
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"\n  {code} " in ended.out
    assert all(f"\n    {command} " in ended.out for command in COMMANDS)


def test_the_numbers_in_the_help_are_those_of_the_plugin(
    capsys: pytest.CaptureFixture[str],
) -> None:
    numbers = {
        exits.GREEN: "every promise was kept",
        exits.BROKEN_PROMISE: "a promise was broken",
        exits.MISUSE: "misuse",
        exits.NO_CLUSTER: "no cluster could be had",
        exits.BROKEN_CHECK: "a check broke",
        exits.NOTHING_RAN: "no scenario was selected",
        exits.INTERRUPTED: "interrupted",
    }
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    for number, meaning in numbers.items():
        assert f"\n  {number:<5}{meaning}" in told


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"kubeproof {kubeproof.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kubeproof {command}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["runn"], "invalid choice: 'runn'"),
        (["run", "--nodes=many"], "argument --nodes: invalid int value: 'many'"),
        (["run", "--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["up", "--nodes=3", "one", "two"], "unrecognized arguments: two"),
    ],
    ids=str,
)
def test_command_lines_that_are_none(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "nowhere/at-all"], "no such path: nowhere/at-all; name a .feature file or a fol"),
        (["run", "one.feature::A title"], "no such path: one.feature; name a .feature file"),
        (["steps", "ingresses"], "no phrases about 'ingresses'; choose "),
        (["down", "nobody"], "no sandbox called nobody runs"),
        (["up", "No/Name"], "'No/Name' cannot name a sandbox: use lower case letters"),
        (["up", "--nodes=0"], "a sandbox has 1 to 9 nodes, not 0"),
        (["up", "--api-port=65536"], "65536 is no port number"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"kubeproof: {told}")
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_the_catalogue_of_phrases(tmp_path: Path) -> None:
    ended = console.kubeproof("steps", "loadbalancers", home=tmp_path)
    assert ended.code == 0
    assert ended.out.startswith("loadbalancers\n  Given Service")
    assert '" with an external IP' in ended.out, "those that are shipped"


def run(*arguments: str, home: Path, **more: str) -> tuple[int, str]:
    """The exit code of a run of one real scenario, and what is said to be wrong."""
    ended = console.kubeproof("run", FEATURES, "--tags=@np-03", *arguments, home=home, **more)
    return ended.code, complaint(ended)


def test_an_unknown_cluster_kind(tmp_path: Path) -> None:
    code, told = run("--cluster=moon", home=tmp_path)
    assert code == 2
    assert "unknown cluster kind 'moon'; choose auto, sandbox, kubeconfig" in told


def test_a_sandbox_of_too_many_nodes(tmp_path: Path) -> None:
    assert run("--nodes=77", home=tmp_path) == (
        2,
        "kubeproof: a sandbox has 1 to 9 nodes, not 77",
    )


def test_pytest_arguments_that_are_none(tmp_path: Path) -> None:
    ended = console.kubeproof("run", FEATURES, "--", "--no-such-option", home=tmp_path)
    assert ended.code == 2
    assert "unrecognized arguments: --no-such-option" in ended.err
    assert "Traceback" not in ended.text


KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]
users: [{{name: u, user: {{}}}}]
contexts: [{{name: dev, context: {{cluster: c, user: u}}}}]
current-context: dev
"""


def kubeconfig(home: Path, text: str = "") -> str:
    path = home / "config"
    path.write_text(text or KUBECONFIG.format(port=closed_port()))
    return str(path)


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    code, told = run("--cluster=kubeconfig", "--kubeconfig=nowhere", home=tmp_path)
    assert code == 2
    assert told == (
        "kubeproof: cannot read kubeconfig nowhere: No such file or directory; "
        "name another with --kubeconfig"
    )


def test_a_malformed_kubeconfig(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "clusters: [")
    code, told = run("--cluster=kubeconfig", f"--kubeconfig={path}", home=tmp_path)
    assert code == 2
    assert told.startswith(f"kubeproof: cannot use kubeconfig {path}: while parsing a flow")


def test_a_context_that_the_kubeconfig_does_not_have(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path)
    code, told = run(
        "--context=prod", home=tmp_path, KUBECONFIG=path, KUBEPROOF_CLUSTER="kubeconfig"
    )
    assert code == 2
    assert f"cannot use kubeconfig {path}, context prod: " in told


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path)
    code, told = run("--cluster=kubeconfig", home=tmp_path, KUBECONFIG=path)
    assert code == 3
    assert told.startswith("kubeproof: the cluster cannot be reached: the API server does not ans")
    assert told.endswith("Connection refused")


MANIFESTS = {
    "yaml": ("kind: [", "yaml.yaml is not YAML: while parsing a flow"),
    "object": ("- a list", "object.yaml: document 1 is no Kubernetes object: no apiVersion"),
    "name": ("apiVersion: v1\nkind: Pod\nmetadata:", "name.yaml: document 1 has no metadata.name"),
    "none": (None, "cannot read manifest "),
}


def test_manifests_that_cannot_be_worked_with(tmp_path: Path) -> None:
    """Each in a feature of its own, whose steps are kubeproof's, on a cluster that is none."""
    project = Project.made(tmp_path)
    (tmp_path / "manifests").mkdir()
    for name, (text, _) in MANIFESTS.items():
        lines = scenario(name, 'Given Service "svc-1"', 'Then its type is "ClusterIP"')
        project.feature(f"Feature: {name}\n\n{lines}", name)
        if text is not None:
            (tmp_path / "manifests" / f"{name}.yaml").write_text(text)
    ended = console.kubeproof("run", "--cluster=fake", home=tmp_path)
    assert ended.code == 2
    assert "Traceback" not in ended.text
    lines = ended.err.splitlines()
    assert len(lines) == len(MANIFESTS)
    for name, (_, told) in MANIFESTS.items():
        [line] = [line for line in lines if f"manifests/{name}.yaml" in line]
        assert line.startswith("kubeproof: ")
        assert told in line


def test_a_run_in_a_folder_with_features_takes_those(tmp_path: Path) -> None:
    Project.made(tmp_path, scenario("A door that opens"))
    ended = console.kubeproof("run", "--cluster=fake", home=tmp_path)
    assert ended.code == 0
    assert "A door that opens" in ended.out
    assert (tmp_path / "report" / "junit.xml").exists()


def test_one_scenario_by_its_title_and_arguments_for_pytest(tmp_path: Path) -> None:
    Project.made(tmp_path, scenario("One"), scenario("Two", tags="@np-04"))
    path = "features/doors.feature::Two"
    ended = console.kubeproof("run", path, "--cluster=fake", "--", "--collect-only", home=tmp_path)
    assert ended.code == 0
    assert ended.out.splitlines()[1:] == ["  Two", "1 scenario", ""]
