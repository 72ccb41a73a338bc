"""``kubeproof images``: bring the images that a run needs to a cluster without a registry."""

import argparse
from importlib.resources import files
from pathlib import Path

from kubeproof.cli.commands import Commands

FILE = "kubeproof-images.tar"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "images",
        help="list, save or load the images that a run needs",
        description="For clusters that cannot pull: list the images of the scenarios' Pods, save "
        "them to a file where there is a way to a registry, and load them where there is none.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="one name a line")
    saving = actions.add_parser("save", help="to a file, as docker save does")
    for each in (listing, saving):
        each.add_argument("--image", default="", help="instead of the manifests' own")
    saving.add_argument("-o", "--output", default=FILE, metavar="FILE", help=f"default: {FILE}")
    loading = actions.add_parser(
        "load",
        help="into this machine's Docker, and from there to a cluster or a registry",
        description="Load the file into this machine's Docker. On nodes of other clusters: "
        "ctr --namespace k8s.io images import FILE.",
    )
    loading.add_argument("file", nargs="?", default=FILE, metavar="FILE", help=f"default: {FILE}")
    loading.add_argument("--k3d", default="", metavar="CLUSTER", help="and to its every node")
    loading.add_argument("--registry", default="", metavar="HOST/PATH", help="and push them there")
    listing.set_defaults(command=list_images)
    saving.set_defaults(command=save_images)
    loading.set_defaults(command=load_images)


def list_images(arguments: argparse.Namespace) -> int:
    """Print them."""
    from kubeproof.cluster.images import needed

    print("\n".join(needed(manifests(), arguments.image)))
    return 0


def manifests() -> Path:
    """The folder of manifests here, else those that kubeproof ships: as features are found."""
    here = Path("manifests")
    return here if any(here.glob("**/*.yaml")) else Path(str(files("kubeproof.manifests")))


def save_images(arguments: argparse.Namespace) -> int:
    """Save them, and say by what they can be recognised.

    Raises:
        ClusterUnavailable: there is no Docker, or an image cannot be had.
        Misuse: the file cannot be written.
    """
    from kubeproof.cluster.docker_client import Docker
    from kubeproof.cluster.images import checksum, needed, save

    file = Path(arguments.output)
    for one in save(Docker(), needed(manifests(), arguments.image), file):
        print(one)
    print(f"written: {file} sha256:{checksum(file)}")
    return 0


def load_images(arguments: argparse.Namespace) -> int:
    """Load them, and say what to do with them.

    Raises:
        Misuse: the file or the cluster cannot be worked with.
        ClusterUnavailable: Docker, k3d or the registry refuses.
    """
    from kubeproof.cluster.docker_client import Docker
    from kubeproof.cluster.images import into_k3d, into_registry, load
    from kubeproof.cluster.progress import on_stderr

    docker = Docker()
    names = load(docker, Path(arguments.file))
    for name in names:
        print(f"in Docker: {name}")
    if arguments.k3d:
        for node in into_k3d(docker, arguments.k3d, names, on_stderr):
            print(f"on node {node}: {', '.join(names)}")
    if arguments.registry:
        for name in into_registry(names, arguments.registry, on_stderr):
            print(f"in the registry; use it with: kubeproof run --image {name}")
    return 0
