"""The texts that a run was made from: features, and the manifest that belongs to each."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FEATURES, MANIFESTS = "features", "manifests"


@dataclass(frozen=True)
class Source:
    """A feature file as it was, with its manifest; empty where it has none."""

    uri: str
    text: str
    manifest_uri: str = ""
    manifest: str = ""

    @property
    def area(self) -> str:
        """The folder it stands in: ``nodeport``; empty for one that stands in none."""
        parent = Path(self.uri).parent.name
        return "" if parent == FEATURES else parent


def read(path: Path, uri: str) -> Source:
    """A feature file under the name that records have for it.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    text = path.read_text(encoding="utf-8")
    beside = _manifest_of(path)
    if not beside.is_file():
        return Source(uri, text)
    return Source(uri, text, _beside(uri), beside.read_text(encoding="utf-8"))


def _manifest_of(path: Path) -> Path:
    root = next((one for one in path.parents if one.name == FEATURES), path.parent)
    return root.parent / MANIFESTS / path.relative_to(root).with_suffix(".yaml")


def _beside(uri: str) -> str:
    parts = list(Path(uri).parts)
    if FEATURES in parts:
        last = len(parts) - 1 - parts[::-1].index(FEATURES)
        parts[last] = MANIFESTS
    return Path(*parts).with_suffix(".yaml").as_posix()


def below(folder: Path) -> list[Source]:
    """Every feature below a folder, or the one feature that is named, in the order of a run."""
    if folder.is_file():
        return [read(folder, _uri(folder))]
    return [read(path, _uri(path)) for path in sorted(folder.glob("**/*.feature"))]


def _uri(path: Path) -> str:
    parts = path.parts
    last = len(parts) - 1 - parts[::-1].index(FEATURES) if FEATURES in parts else -1
    return Path(*parts[last:]).as_posix() if last >= 0 else path.name


def digest(sources: Iterable[Source]) -> str:
    """One number for what was checked: it changes with any word of a feature or manifest."""
    found: Mapping[str, Source] = {_below_features(source.uri): source for source in sources}
    whole = hashlib.sha256()
    for name in sorted(found):
        for part in (name, found[name].text, found[name].manifest):
            whole.update(hashlib.sha256(part.encode()).digest())
    return f"sha256:{whole.hexdigest()}"


def _below_features(uri: str) -> str:
    return uri.rpartition(f"{FEATURES}/")[2]
