"""Failures as a Kubernetes API server words them: one exception, and a constructor a reason.

Codes, reasons and wording follow k8s.io/apimachinery's ``api/errors`` package.
"""

from collections.abc import Sequence
from typing import Any

from kubeproof.sandbox.api import gotext
from kubeproof.sandbox.api.field import FieldError, aggregate
from kubeproof.sandbox.objects import Object

__all__ = ["ApiError", "FieldError"]


class ApiError(Exception):
    """A request that failed; ``status()`` is the body which tells the client why."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continuation = ""
        """Where a list that expired may go on, at the price of consistency."""

    def status(self) -> Object:
        """The Status object, as the API server would answer it."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continuation} if self.continuation else {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if value is not None and value != ""}


def qualified(resource: str, group: str) -> str:
    """A resource or kind with its group: ``deployments.apps``; the core group adds nothing."""
    return f"{resource}.{group}" if group else resource


def details(kind: str = "", name: str = "", group: str = "", **more: Any) -> Object:
    """What a Status says about the object it is about; empty parts are left out."""
    found: Object = {"name": name, "group": group, "kind": kind, **more}
    return {key: value for key, value in found.items() if value}


def not_found(resource: str, name: str, group: str = "") -> ApiError:
    """404: there is no such object."""
    message = f"{qualified(resource, group)} {gotext.quote(name)} not found"
    return ApiError(404, "NotFound", message, details(resource, name, group))


def no_such_path() -> ApiError:
    """404: the server has no such resource at all."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(resource: str, name: str, group: str = "") -> ApiError:
    """409: an object of that name is there already."""
    message = f"{qualified(resource, group)} {gotext.quote(name)} already exists"
    return ApiError(409, "AlreadyExists", message, details(resource, name, group))


def generated_name_exists(resource: str, name: str, group: str = "") -> ApiError:
    """409: the generated name was taken; the client may simply try again."""
    message = (
        f"{qualified(resource, group)} {gotext.quote(name)} already exists, "
        "the server was not able to generate a unique name for the object"
    )
    found = details(resource, name, group, retryAfterSeconds=1)
    return ApiError(409, "AlreadyExists", message, found)


def conflict(resource: str, name: str, why: str = "", group: str = "") -> ApiError:
    """409: the object is not what the client thought; by default its version is another."""
    why = why or (
        "the object has been modified; please apply your changes to the latest version "
        "and try again"
    )
    where = f"{qualified(resource, group)} {gotext.quote(name)}"
    message = f"Operation cannot be fulfilled on {where}: {why}"
    return ApiError(409, "Conflict", message, details(resource, name, group))


def apply_conflict(message: str, causes: Sequence[Object]) -> ApiError:
    """409: server-side apply would take fields from other managers."""
    return ApiError(409, "Conflict", message, {"causes": list(causes)})


def invalid(kind: str, name: str, errors: Sequence[FieldError], group: str = "") -> ApiError:
    """422: the object breaks its kind's rules."""
    causes = [
        {"reason": error.reason, "message": error.message, "field": error.field} for error in errors
    ]
    message = f"{qualified(kind, group)} {gotext.quote(name)} is invalid"
    if errors:
        message += f": {aggregate(errors)}"
    return ApiError(422, "Invalid", message, details(kind, name, group, causes=causes))


def bad_request(message: str) -> ApiError:
    """400: the request makes no sense."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """401: no bearer token, or a wrong one."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(
    resource: str, name: str, why: str, group: str = "", causes: Sequence[Object] = ()
) -> ApiError:
    """403: this may not be done to that object; ``why`` ends the sentence."""
    where = qualified(resource, group) + (f" {gotext.quote(name)}" if name else "")
    found = details(resource, name, group, causes=list(causes))
    return ApiError(403, "Forbidden", f"{where} is forbidden: {why}", found)


def method_not_allowed(resource: str, action: str, group: str = "") -> ApiError:
    """405: the kind does not offer this verb."""
    where = gotext.quote(qualified(resource, group))
    message = f"{action} is not supported on resources of kind {where}"
    return ApiError(405, "MethodNotAllowed", message, details(resource, "", group))


def method_unknown() -> ApiError:
    """405: the path does not take this HTTP method."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def not_acceptable(accepted: Sequence[str]) -> ApiError:
    """406: none of the media types which the client accepts can be given."""
    message = "only the following media types are accepted: " + ", ".join(accepted)
    return ApiError(406, "NotAcceptable", message)


def unsupported_media_type(accepted: Sequence[str], why: str = "") -> ApiError:
    """415: the body's media type is not one that is read here, or not in this form."""
    message = (
        "the body of the request was in an unknown format - "
        f"accepted media types include: {', '.join(accepted)}"
    )
    return ApiError(415, "UnsupportedMediaType", f"{message} ({why})" if why else message)


def too_large(why: str) -> ApiError:
    """413: there is a limit to what is read."""
    message = f"Request entity too large: {why}"
    return ApiError(413, "RequestEntityTooLarge", message)


def expired(message: str) -> ApiError:
    """410: the version asked for is no longer known."""
    return ApiError(410, "Expired", message)


def too_many_requests(message: str, causes: Sequence[Object] = ()) -> ApiError:
    """429: not now."""
    return ApiError(429, "TooManyRequests", message, details(causes=list(causes)) or None)


def internal_error(message: str) -> ApiError:
    """500: the server's own fault."""
    text = f"Internal error occurred: {message}"
    return ApiError(500, "InternalError", text, {"causes": [{"message": message}]})


def service_unavailable(message: str) -> ApiError:
    """503: what the request needs is not there at the moment."""
    return ApiError(503, "ServiceUnavailable", message)


def timeout(message: str, retry_after: int = 0) -> ApiError:
    """504: it took too long; ``retry_after`` in seconds."""
    found = details(retryAfterSeconds=retry_after)
    return ApiError(504, "Timeout", f"Timeout: {message}", found)
