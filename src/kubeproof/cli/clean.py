"""``kubeproof clean``: remove what killed runs left, in a cluster and in Docker."""

import argparse
import os
from datetime import timedelta
from pathlib import Path

from kubeproof.cli.commands import Commands
from kubeproof.cluster.clean import age_of, leftovers, remove


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "clean",
        help="remove what killed runs left",
        description="Find what earlier runs left, by its labels, and remove it: namespaces in the "
        "cluster of the kubeconfig, and clusters in this machine's Docker. Runs that are under way "
        "have namespaces too: --older-than spares them.",
    )
    add_argument = parser.add_argument
    add_argument("--kubeconfig", default="", metavar="FILE", help="default: as kubectl has it")
    add_argument("--context", default="", help="context of that kubeconfig")
    add_argument(
        "--older-than",
        default="1h",
        metavar="TIME",
        help="leave younger ones alone, such as 90s, 30m, 2h, 1d (default: 1h)",
    )
    add_argument("--dry-run", action="store_true", help="only say what would be removed")
    parser.set_defaults(command=clean)


def clean(arguments: argparse.Namespace) -> int:
    """Say what is found, and remove it.

    Raises:
        Misuse: the kubeconfig or the time cannot be worked with.
        CheckBroken: the API server does not answer or refuses.
        ClusterUnavailable: Docker refuses.
        NotSettled: a namespace does not go.
    """
    age = age_of(arguments.older_than)
    found = _in_docker(age, dry_run=arguments.dry_run)
    found += _in_cluster(arguments, age)
    if not found:
        print(f"nothing is left that is older than {arguments.older_than}")
    return 0


def _in_docker(age: timedelta, *, dry_run: bool) -> int:
    """How much there was in Docker; where there is no Docker, nothing can be."""
    from kubeproof.cluster.docker_client import Docker
    from kubeproof.cluster.docker_leftovers import docker_leftovers, remove_from_docker
    from kubeproof.errors import ClusterUnavailable

    try:
        docker = Docker()
    except ClusterUnavailable as error:
        print(f"Docker is left out: {error}")
        return 0
    found = docker_leftovers(docker, age)
    if dry_run:
        for one in found:
            print(f"would remove {one}")
    else:
        remove_from_docker(docker, found, print)
    docker.close()
    return len(found)


def _in_cluster(arguments: argparse.Namespace, age: timedelta) -> int:
    """How much there was in the cluster; without any kubeconfig there is none to look at."""
    from kubeproof.cluster.api import Api, configuration_of
    from kubeproof.cluster.choose import kubeconfig_named
    from kubeproof.waiting import CLUSTER

    paths = kubeconfig_named(arguments.kubeconfig)
    asked = arguments.kubeconfig or arguments.context or os.environ.get("KUBECONFIG")
    if not asked and not any(Path(one).exists() for one in paths.split(os.pathsep)):
        print(f"no cluster is looked at: there is no kubeconfig {paths}")
        return 0
    api = Api(configuration_of(paths, arguments.context))
    found = leftovers(api, age)
    if arguments.dry_run:
        for one in found:
            print(f"would remove {one}")
    else:
        remove(api, found, CLUSTER, print)
    return len(found)
