"""Label keys and values: what Kubernetes accepts, and how it words what it does not.

Follows k8s.io/apimachinery's ``api/validate/content``.
"""

import re

_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY_MATCH = re.compile(_KEY)
_VALUE_MATCH = re.compile(_VALUE)
_SUBDOMAIN_MATCH = re.compile(_SUBDOMAIN)

_CHARACTERS = (
    "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character"
)
_KEY_WRONG = (
    f"must {_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', "
    f"regex used for validation is '{_KEY}')"
)
_VALUE_WRONG = (
    f"a valid label must be an empty string or {_CHARACTERS} (e.g. 'MyValue',  or 'my_value',  "
    f"or '12345', regex used for validation is '{_VALUE}')"
)
_SUBDOMAIN_WRONG = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', "
    f"regex used for validation is '{_SUBDOMAIN}')"
)


def key_errors(key: str) -> list[str]:
    """What is wrong with a label key (a qualified name): ``[prefix/]name``."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        tail = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {_KEY_WRONG}{tail}"]
    return (_prefix_errors(prefix) if slash else []) + _name_errors(name)


def value_errors(value: str) -> list[str]:
    """What is wrong with a label value."""
    errors: list[str] = []
    if len(value) > 63:
        errors.append("must be no more than 63 bytes")
    if not _VALUE_MATCH.fullmatch(value):
        errors.append(_VALUE_WRONG)
    return errors


def _prefix_errors(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    errors: list[str] = []
    if len(prefix) > 253:
        errors.append("prefix part must be no more than 253 bytes")
    if not _SUBDOMAIN_MATCH.fullmatch(prefix):
        errors.append(f"prefix part {_SUBDOMAIN_WRONG}")
    return errors


def _name_errors(name: str) -> list[str]:
    errors: list[str] = []
    if not name:
        errors.append("name part must be non-empty")
    elif len(name) > 63:
        errors.append("name part must be no more than 63 bytes")
    if not _KEY_MATCH.fullmatch(name):
        errors.append(f"name part {_KEY_WRONG}")
    return errors
