"""Server-side apply: a configuration merged into the live object, and fields taken for it.

Follows k8s.io/apimachinery's ``util/managedfields`` and the ``merge`` package of
sigs.k8s.io/structured-merge-diff (KEP-555).
"""

import json
from typing import cast

from kubeproof.sandbox.api import fieldpath, gotext, status
from kubeproof.sandbox.api import structure_merge as merging
from kubeproof.sandbox.api.fieldpath import EMPTY, FieldSet, Path
from kubeproof.sandbox.api.jsonvalue import child, items
from kubeproof.sandbox.api.managed_fields import (
    APPLY,
    UPDATE,
    Managed,
    Manager,
    Owned,
    bare,
    claimable,
    decode,
    encode,
    manager_of,
    stripped,
    take,
)
from kubeproof.sandbox.api.resources import ResourceType
from kubeproof.sandbox.api.schema_types import FieldType
from kubeproof.sandbox.api.structure import Structure, StructureError
from kubeproof.sandbox.objects import Object, name_of, namespace_of, now

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KUBECTL = "kubectl"


class _Conflicts(Exception):
    """Fields of other managers which the configuration would change."""

    def __init__(self, fields: dict[Manager, FieldSet]) -> None:
        super().__init__(fields)
        self.fields = fields


class Apply:
    """One apply of one configuration."""

    def __init__(
        self,
        structure: Structure,
        kind: ResourceType,
        type_: FieldType,
        manager: str,
        subresource: str = "",
    ) -> None:
        self._structure = structure
        self._kind = kind
        self._type = type_
        self._name = manager
        self._subresource = subresource
        self._manager = manager_of(manager, APPLY, kind, subresource)

    def apply(self, live: Object, config: Object, force: bool, empty: Object) -> Object:
        """The object after the apply, its managedFields included.

        ``live`` is ``empty`` (what the type writes unasked) where there is no object yet.
        Raises ApiError: 400 for another version or with managedFields, 409 conflicts,
        500 where the configuration does not fit the schema.
        """
        self._check(config)
        managed = decode(items(live["metadata"], "managedFields"))
        if not managed and live is not empty:
            managed = self._before_first_apply(live, empty)
        try:
            result = self._apply(live, config, managed, force)
        except _Conflicts as conflicts:
            result = self._upgraded(live, config, managed, conflicts)
        _sync_last_applied(result, config, self._name)
        return result

    def _check(self, config: Object) -> None:
        version = config.get("apiVersion", "")
        if version != self._kind.api_version:
            raise status.bad_request(
                "Incorrect version specified in apply patch. "
                f"Specified patch version: {version}, expected: {self._kind.api_version}"
            )
        if child(config, "metadata").get("managedFields") is not None:
            raise status.bad_request("metadata.managedFields must be nil")
        errors = merging.check(self._structure, config, self._type)
        if errors:
            where = f"{namespace_of(config) or '<unknown>'}/{name_of(config) or '<unknown>'}"
            kind = f"{config['apiVersion']}, Kind={config.get('kind', '')}"
            if "/" not in config["apiVersion"]:
                kind = f"/{kind}"
            text = errors[0] if len(errors) == 1 else "errors:\n  " + "\n  ".join(errors)
            message = f"failed to create typed patch object ({where}; {kind}): {text}"
            raise status.ApiError(500, "", message)

    def _before_first_apply(self, live: Object, empty: Object) -> Managed:
        """The fields of an object nobody has kept track of belong to a manager of their own."""
        comparison = self._structure.compare(bare(empty), bare(live), self._type)
        fields = claimable(comparison.added | comparison.modified, self._kind, self._subresource)
        manager = Manager("before-first-apply", UPDATE, self._kind.api_version, "")
        owned = stripped(fields)
        return {manager: Owned(owned, now(), self._kind.api_version)} if owned else {}

    def _apply(self, live: Object, config: Object, managed: Managed, force: bool) -> Object:
        managed = dict(managed)
        before = bare(live)
        merged = merging.merge(self._structure, before, config, self._type)
        last = managed.get(self._manager)
        fields = claimable(
            self._structure.fields(config, self._type), self._kind, self._subresource
        )
        managed[self._manager] = Owned(fields, last.time if last else "", self._kind.api_version)
        if last is not None and last.fields:
            merged = self._pruned(merged, managed, last.fields)
        self._take(managed, before, merged, force)
        changed = merged != before
        time = now() if changed or last is None else last.time
        mine = stripped(fields)
        managed.pop(self._manager, None)
        if mine:
            managed[self._manager] = Owned(mine, time, self._kind.api_version)
        metadata = {**merged["metadata"], "managedFields": encode(managed)}
        return {**merged, "metadata": metadata}

    def _take(self, managed: Managed, before: Object, merged: Object, force: bool) -> None:
        """Take what changes from its owners. Raises _Conflicts unless forced."""
        comparison = self._structure.compare(before, merged, self._type)
        changed = claimable(comparison.added | comparison.modified, self._kind, self._subresource)
        conflicts = {
            manager: owned.fields & changed
            for manager, owned in managed.items()
            if manager != self._manager and owned.fields & changed
        }
        if conflicts and not force:
            raise _Conflicts(conflicts)
        removed = claimable(comparison.removed, self._kind, self._subresource)
        take(managed, changed | removed, keep=self._manager)

    def _pruned(self, merged: Object, managed: Managed, last: FieldSet) -> Object:
        """Drop what this manager applied before, does not apply now, and nobody else owns."""
        named = self._with_parents
        structure, type_ = self._structure, self._type
        pruned: Object = merging.remove(structure, merged, type_, named(last)) or {}
        everything = named(structure.fields(merged, type_))
        owned = frozenset[Path]().union(*(found.fields for found in managed.values()))
        kept = named(structure.fields(pruned, type_)) | named(owned)
        pruned = merging.remove(structure, merged, type_, everything - kept) or {}
        gone = everything - named(structure.fields(pruned, type_))
        return merging.remove(structure, merged, type_, gone & named(last)) or {}

    def _with_parents(self, fields: FieldSet) -> FieldSet:
        return merging.with_named_parents(self._structure, fields, self._type)

    def _upgraded(
        self, live: Object, config: Object, managed: Managed, conflicts: _Conflicts
    ) -> Object:
        """Let kubectl take over the fields it has applied on the client's side before."""
        allowed = self._last_applied(live) if self._name == _KUBECTL else EMPTY
        left = {
            manager: fields - allowed
            for manager, fields in conflicts.fields.items()
            if fields - allowed
        }
        if left:
            raise _conflict(left) from None
        return self._apply(live, config, managed, force=True)

    def _last_applied(self, live: Object) -> FieldSet:
        text = child(live["metadata"], "annotations").get(_LAST_APPLIED)
        if not text:
            return EMPTY
        try:
            last = cast("Object", json.loads(text))
            fields = self._structure.fields(last, self._type)
            comparison = self._structure.compare(last, bare(live), self._type)
        except (ValueError, StructureError, AttributeError):
            return EMPTY  # somebody else's annotation: no fields are known to be kubectl's
        return fields - comparison.modified - comparison.added - comparison.removed


def _conflict(conflicts: dict[Manager, FieldSet]) -> status.ApiError:
    pairs = [
        (_shown(manager), fieldpath.shown(path))
        for manager in sorted(conflicts)
        for path in sorted(conflicts[manager])
    ]
    causes: list[Object] = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": where}
        for who, where in pairs
    ]
    if len(pairs) == 1:
        who, where = pairs[0]
        text = f"Apply failed with 1 conflict: conflict with {who}: {where}"
    else:
        lines: list[str] = []
        for who in dict.fromkeys(who for who, _ in pairs):
            lines.append(f"conflicts with {who}:")
            lines += [f"- {where}" for owner, where in pairs if owner == who]
        text = f"Apply failed with {len(pairs)} conflicts: " + "\n".join(lines)
    return status.apply_conflict(text, causes)


def _shown(manager: Manager) -> str:
    text = gotext.quote(manager.name)
    if manager.subresource:
        text += f" with subresource {gotext.quote(manager.subresource)}"
    return f"{text} using {manager.api_version}" if manager.operation == UPDATE else text


def _sync_last_applied(obj: Object, config: Object, manager: str) -> None:
    """Keep the annotation of client-side apply true, for kubectl's own applies."""
    annotations = child(obj["metadata"], "annotations")
    if manager != _KUBECTL or not annotations.get(_LAST_APPLIED):
        return
    metadata = dict(child(config, "metadata"))
    own = {
        key: text for key, text in child(metadata, "annotations").items() if key != _LAST_APPLIED
    }
    if "annotations" in metadata:
        metadata["annotations"] = own
    text = gotext.marshal({**config, "metadata": metadata}) + "\n"
    obj["metadata"]["annotations"] = {**annotations, _LAST_APPLIED: text}
