"""What is wrong with a Pod's volumes and with their mounts. Source: core validation of 1.36.

The sandbox mounts nothing, so that sources are looked at only as far as people get them wrong:
that there is one, that it is named, that modes and paths make sense.
"""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import number, part, parts, text
from kubeproof.sandbox.objects import Object

_NEEDED = {
    "secret": "secretName",
    "configMap": "name",
    "persistentVolumeClaim": "claimName",
    "hostPath": "path",
}
_MODES = "must be a number between 0 and 0777 (octal), both inclusive"
_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")


def validate_volumes(spec: Object, field: str) -> tuple[set[str], list[FieldError]]:
    """The names of the volumes that are sound, and what is wrong with the others."""
    sound: set[str] = set()
    errors: list[FieldError] = []
    for index, volume in enumerate(parts(spec, "volumes")):
        where = f"{field}[{index}]"
        name = text(volume, "name")
        found = [*_validate_source(volume, where), *_validate_name(name, where)]
        if name in sound:
            found.append(FieldError.duplicate(f"{where}.name", name))
        if not found:
            sound.add(name)
        errors += found
    return sound, errors


def _validate_name(name: str, field: str) -> list[FieldError]:
    if not name:
        return [FieldError.required(f"{field}.name")]
    return complaints(f"{field}.name", name, names.dns_label)


def _validate_source(volume: Object, field: str) -> Iterable[FieldError]:
    given = [name for name, source in volume.items() if name != "name" and source is not None]
    for name in given[1:]:
        yield FieldError.forbidden(f"{field}.{name}", "may not specify more than 1 volume type")
    if not given:
        yield FieldError.required(field, "must specify a volume type")
        return
    source, where = part(volume, given[0]), f"{field}.{given[0]}"
    needed = _NEEDED.get(given[0])
    if needed and not text(source, needed):
        yield FieldError.required(f"{where}.{needed}")
    if given[0] == "hostPath" and text(source, "type") not in _HOST_PATH_TYPES:
        kind = text(source, "type")
        yield FieldError.not_supported(f"{where}.type", kind, _HOST_PATH_TYPES)
    yield from _validate_modes(source, where)


def _validate_modes(source: Object, field: str) -> Iterable[FieldError]:
    if not 0 <= number(source, "defaultMode") <= 0o777:
        yield FieldError.invalid(f"{field}.defaultMode", source["defaultMode"], _MODES)
    for index, item in enumerate(parts(source, "items")):
        where = f"{field}.items[{index}]"
        if not text(item, "path"):
            yield FieldError.required(f"{where}.path")
        if not 0 <= number(item, "mode") <= 0o777:
            yield FieldError.invalid(f"{where}.mode", item["mode"], _MODES)


def validate_mounts(container: Object, field: str, volumes: set[str]) -> Iterable[FieldError]:
    """Each mount names a volume of the Pod and a path that no other mount has."""
    paths: set[str] = set()
    for index, mount in enumerate(parts(container, "volumeMounts")):
        where = f"{field}.volumeMounts[{index}]"
        name, path = text(mount, "name"), text(mount, "mountPath")
        if not name:
            yield FieldError.required(f"{where}.name")
        if name not in volumes:
            yield FieldError.not_found(f"{where}.name", name)
        if not path:
            yield FieldError.required(f"{where}.mountPath")
        if path in paths:
            yield FieldError.invalid(f"{where}.mountPath", path, "must be unique")
        paths.add(path)
        yield from _validate_sub_path(mount, f"{field}.volumeMounts", where)


def _validate_sub_path(mount: Object, field: str, where: str) -> Iterable[FieldError]:
    path, expression = text(mount, "subPath"), text(mount, "subPathExpr")
    if path:
        yield from _validate_descending(path, f"{field}.subPath")
    if expression:
        if path:
            detail = "subPathExpr and subPath are mutually exclusive"
            yield FieldError.invalid(f"{where}.subPathExpr", expression, detail)
        yield from _validate_descending(expression, f"{field}.subPathExpr")
    mode = mount.get("mountPropagation")
    if mode is not None and mode not in _PROPAGATIONS:
        yield FieldError.not_supported(f"{field}.mountPropagation", mode, _PROPAGATIONS)


def _validate_descending(path: str, field: str) -> Iterable[FieldError]:
    if path.startswith("/"):
        yield FieldError.invalid(field, path, "must be a relative path")
    if ".." in path.replace("\\", "/").split("/"):
        yield FieldError.invalid(field, path, "must not contain '..'")
