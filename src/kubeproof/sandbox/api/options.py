"""Query parameters of requests: what they ask for, and what is wrong with them.

Follows ``meta/v1/validation`` and ``meta/internalversion/validation`` of k8s.io/apimachinery.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kubeproof.sandbox.api import gotext, status
from kubeproof.sandbox.api.deletion import DeleteOptions
from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.api.jsonvalue import child
from kubeproof.sandbox.api.writer import FieldValidation, Writer
from kubeproof.sandbox.objects import Object

_GROUP = "meta.k8s.io"
_VALIDATIONS: dict[str, FieldValidation] = {
    "Ignore": "Ignore",
    "Strict": "Strict",
    "Warn": "Warn",
}
_MANAGER_LIMIT = 128

Query = Mapping[str, str]


class ListOptions(NamedTuple):
    """What a list or a watch asks for."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    continuation: str = ""
    version: str = ""
    version_match: str = ""
    watch: bool = False
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout: int = 0
    """How long a watch lasts, in seconds; 0 leaves it to the server."""

    @classmethod
    def parse(cls, query: Query) -> "ListOptions":
        """Read the parameters. Raises ApiError: 400 not a number, 422 not allowed together."""
        options = cls(
            labels=query.get("labelSelector", ""),
            fields=query.get("fieldSelector", ""),
            limit=integer(query, "limit") or 0,
            continuation=query.get("continue", ""),
            version=query.get("resourceVersion", ""),
            version_match=query.get("resourceVersionMatch", ""),
            watch=boolean(query, "watch"),
            bookmarks=boolean(query, "allowWatchBookmarks"),
            initial_events=boolean(query, "sendInitialEvents")
            if "sendInitialEvents" in query
            else None,
            timeout=integer(query, "timeoutSeconds") or 0,
        )
        check = options._watch_errors if options.watch else options._list_errors
        _reject("ListOptions", check())
        return options

    def _list_errors(self) -> list[FieldError]:
        errors: list[FieldError] = []
        match = self.version_match
        if match:
            errors += self._match_errors(match)
        if self.initial_events is not None:
            detail = "sendInitialEvents is forbidden for list"
            errors.append(FieldError.forbidden("sendInitialEvents", detail))
        return errors

    def _match_errors(self, match: str) -> list[FieldError]:
        details: list[str] = []
        if not self.version:
            details.append("resourceVersionMatch is forbidden unless resourceVersion is provided")
        if self.continuation:
            details.append("resourceVersionMatch is forbidden when continue is provided")
        if match == "Exact" and self.version == "0":
            details.append('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
        found = [FieldError.forbidden("resourceVersionMatch", detail) for detail in details]
        if match not in ("Exact", "NotOlderThan"):
            supported = ("Exact", "NotOlderThan", "")
            found.append(FieldError.not_supported("resourceVersionMatch", match, supported))
        return found

    def _watch_errors(self) -> list[FieldError]:
        details: list[str] = []
        if self.initial_events is not None and self.version_match != "NotOlderThan":
            details.append(
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        if self.version_match and self.initial_events is None:
            details.append(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
        return [FieldError.forbidden("resourceVersionMatch", detail) for detail in details]


def writer(query: Query, user_agent: str, kind: str) -> Writer:
    """Who writes and how. Raises ApiError (422), ``kind`` being the options' kind."""
    manager = query.get("fieldManager", "")
    validation = query.get("fieldValidation") or "Warn"
    errors = _manager_errors(manager) + _dry_run_errors(query)
    if validation not in _VALIDATIONS:
        names = ("", *_VALIDATIONS)
        errors.append(FieldError.not_supported("fieldValidation", validation, names))
    _reject(kind, errors)
    return Writer(
        manager=manager or user_agent.split("/")[0][:_MANAGER_LIMIT] or "unknown",
        dry_run="dryRun" in query,
        field_validation=_VALIDATIONS[validation],
    )


def check_patch(query: Query, is_apply: bool) -> None:
    """Hold the parameters against the kind of patch. Raises ApiError (422)."""
    errors: list[FieldError] = []
    if is_apply and not query.get("fieldManager"):
        errors.append(FieldError.required("fieldManager", "is required for apply patch"))
    if not is_apply and "force" in query:
        errors.append(FieldError.forbidden("force", "may not be specified for non-apply patch"))
    _reject("PatchOptions", errors)


def is_dry_run(query: Query, body: Object) -> bool:
    """Whether a deletion is only tried. Raises ApiError (422)."""
    _reject("DeleteOptions", _dry_run_errors(query))
    return "dryRun" in query or bool(body.get("dryRun"))


def delete_options(query: Query, body: Object) -> DeleteOptions:
    """What a deletion asks for: the body's DeleteOptions or, without a body, the parameters."""
    if not body:
        grace = integer(query, "gracePeriodSeconds")
        return DeleteOptions(grace, _propagation(query))
    preconditions = child(body, "preconditions")
    return DeleteOptions(
        body.get("gracePeriodSeconds"),
        _propagation(body),
        preconditions.get("uid") or "",
        preconditions.get("resourceVersion") or "",
    )


def _propagation(given: Mapping[str, Any]) -> str:
    policy, orphan = given.get("propagationPolicy"), given.get("orphanDependents")
    if orphan is not None and policy:
        detail = "orphanDependents and deletionPropagation cannot be both set"
        _reject("DeleteOptions", [FieldError.invalid("propagationPolicy", policy, detail)])
    if orphan is not None:
        return "Orphan" if orphan in (True, "true", "1") else "Background"
    return str(policy or "")


def boolean(query: Query, name: str) -> bool:
    """A parameter as a truth value: given and neither "false" nor "0"."""
    return name in query and query[name] not in ("false", "0")


def integer(query: Query, name: str) -> int | None:
    """A parameter as a number. Raises ApiError (400)."""
    text = query.get(name)
    if text is None or text == "":
        return None
    try:
        return int(text)
    except ValueError:
        raise status.bad_request(
            f"strconv.ParseInt: parsing {gotext.quote(text)}: invalid syntax"
        ) from None


def _manager_errors(manager: str) -> list[FieldError]:
    if len(manager) > _MANAGER_LIMIT:
        return [FieldError.too_long("fieldManager", "", _MANAGER_LIMIT)]
    for position, char in enumerate(manager):
        if not char.isprintable():
            detail = f"invalid character U+{ord(char):04X} (at position {position})"
            return [FieldError.invalid("fieldManager", manager, detail)]
    return []


def _dry_run_errors(query: Query) -> list[FieldError]:
    given = query.get("dryRun", "All")
    if given == "All":
        return []
    return [FieldError.not_supported("dryRun", [given], ["All"])]


def _reject(kind: str, errors: list[FieldError]) -> None:
    if errors:
        raise status.invalid(kind, "", errors, _GROUP)
