"""``kubeproof docs --steps``: the catalogue of phrases as a page in Markdown."""

from pathlib import Path

from kubeproof.cli.run import default_features
from kubeproof.plugin.catalogue import catalogue, page


def steps_in(paths: list[str]) -> str:
    """The phrases by noun, with examples from the features.

    Raises:
        Misuse: more than one folder of features is named.
    """
    return page(catalogue(Path(paths[0] if paths else default_features())))
