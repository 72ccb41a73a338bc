"""What Kubernetes accepts as a name, a label, a port name …: each check returns its complaints.

The wording is the API server's own (apimachinery's ``util/validation`` and ``validate/content``,
Kubernetes 1.36), because clients and people read it. An empty list means the value is fine.
"""

import re
from collections.abc import Callable

NameRule = Callable[[str], list[str]]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_UNDERSCORE_SUBDOMAIN = rf"{_UNDERSCORE_LABEL}(\.{_UNDERSCORE_LABEL})*"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_PERCENT = "[0-9]+%"
_HEADER = "[-A-Za-z0-9]+"

_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
    "'-' or '.', and must start and end with an alphanumeric character"
)
_UNDERSCORE_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
    "'_', '-' or '.', and must start and end with an alphanumeric character"
)
_KEY_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)


def regex_complaint(rule: str, pattern: str, *examples: str) -> str:
    """The sentence Kubernetes writes when a value does not match a pattern."""
    if not examples:
        return f"{rule} (regex used for validation is '{pattern}')"
    quoted = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {quoted}regex used for validation is '{pattern}')"


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


def _size(value: str) -> int:
    """Length as Go counts it: bytes of UTF-8."""
    return len(value.encode())


def dns_label(value: str) -> list[str]:
    """A DNS label (RFC 1123): names of namespaces, containers, volumes, ports of Services."""
    complaints = ["must be no more than 63 characters"] if _size(value) > 63 else []
    if _matches(_LABEL, value):
        return complaints
    if _matches(_SUBDOMAIN, value):
        return [*complaints, "must not contain dots"]
    return [*complaints, regex_complaint(_LABEL_RULE, _LABEL, "my-name", "123-abc")]


def dns_subdomain(value: str) -> list[str]:
    """A DNS subdomain (RFC 1123): names of most objects."""
    return _subdomain(value, "must be no more than 253 characters")


def _subdomain(value: str, too_long: str) -> list[str]:
    complaints = [too_long] if _size(value) > 253 else []
    if not _matches(_SUBDOMAIN, value):
        complaints.append(regex_complaint(_SUBDOMAIN_RULE, _SUBDOMAIN, "example.com"))
    return complaints


def dns_subdomain_with_underscore(value: str) -> list[str]:
    """A DNS subdomain in which underscores are allowed: search domains of a Pod."""
    complaints = ["must be no more than 253 characters"] if _size(value) > 253 else []
    if not _matches(_UNDERSCORE_SUBDOMAIN, value):
        complaints.append(regex_complaint(_UNDERSCORE_RULE, _UNDERSCORE_SUBDOMAIN, "example.com"))
    return complaints


def label_key(value: str) -> list[str]:
    """A label key, also called a qualified name: an optional DNS prefix, a slash, a name."""
    pattern = regex_complaint(_KEY_RULE, _KEY, "MyName", "my.name", "123-abc")
    parts = value.split("/")
    if len(parts) > 2:
        return [
            f"a valid label key {pattern} with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')"
        ]
    complaints = _prefix(parts[0]) if len(parts) == 2 else []
    name = parts[-1]
    if not name:
        complaints.append("name part must be non-empty")
    elif _size(name) > 63:
        complaints.append("name part must be no more than 63 bytes")
    if not _matches(_KEY, name):
        complaints.append(f"name part {pattern}")
    return complaints


def _prefix(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    complaints = _subdomain(prefix, "must be no more than 253 bytes")
    return [f"prefix part {complaint}" for complaint in complaints]


def label_value(value: str) -> list[str]:
    """A label value: empty, or up to 63 bytes that begin and end with a letter or digit."""
    complaints = ["must be no more than 63 bytes"] if _size(value) > 63 else []
    if not _matches(_VALUE, value):
        rule = f"a valid label must be an empty string or {_KEY_RULE.removeprefix('must ')}"
        complaints.append(regex_complaint(rule, _VALUE, "MyValue", "my_value", "12345"))
    return complaints


def port_number(value: int) -> list[str]:
    """A port number other than 0."""
    return in_range(value, 1, 65535)


def in_range(value: int, low: int, high: int) -> list[str]:
    """A number between two bounds, both included."""
    return [] if low <= value <= high else [f"must be between {low} and {high}, inclusive"]


def port_name(value: str) -> list[str]:
    """An IANA service name (RFC 6335, lower case): named ports of containers, targetPort."""
    complaints = ["must be no more than 15 characters"] if _size(value) > 15 else []
    if not _matches("[-a-z0-9]+", value):
        complaints.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        complaints.append("must contain at least one letter (a-z)")
    if "--" in value:
        complaints.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        complaints.append("must not begin or end with a hyphen")
    return complaints


def port_number_or_name(value: int | str) -> list[str]:
    """What targetPort and probes accept: a number or the name of a container's port."""
    return port_name(value) if isinstance(value, str) else port_number(value)


def environment_name(value: str) -> list[str]:
    """The name of an environment variable: printable ASCII without an equals sign."""
    complaints = [] if value else ["environment variable name must be non-empty"]
    if not all(" " <= letter <= "~" and letter != "=" for letter in value):
        complaints.append(
            "a valid environment variable name must consist only of printable ASCII characters "
            "other than '='"
        )
    return complaints


def c_identifier(value: str) -> list[str]:
    """An identifier of the language C."""
    if _matches(_C_IDENTIFIER, value):
        return []
    rule = (
        "a valid C identifier must start with alphabetic character or '_', followed by a string "
        "of alphanumeric characters or '_'"
    )
    return [regex_complaint(rule, _C_IDENTIFIER, "my_name", "MY_NAME", "MyName")]


def config_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret: usable as the name of a file."""
    complaints = ["must be no more than 253 characters"] if _size(value) > 253 else []
    if not _matches(_CONFIG_KEY, value):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        complaints.append(regex_complaint(rule, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    if value in (".", ".."):
        complaints.append(f"must not be '{value}'")
    elif value.startswith(".."):
        complaints.append("must not start with '..'")
    return complaints


def path_segment(value: str) -> list[str]:
    """A name that can stand in a URL: what every object's name must be at least."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{letter}'" for letter in "/%" if letter in value]


def percent(value: str) -> list[str]:
    """A percentage such as ``25%``."""
    if _matches(_PERCENT, value):
        return []
    rule = "a valid percent string must be a numeric string followed by an ending '%'"
    return [regex_complaint(rule, _PERCENT, "1%", "93%")]


def header_name(value: str) -> list[str]:
    """The name of an HTTP header."""
    if _matches(_HEADER, value):
        return []
    rule = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [regex_complaint(rule, _HEADER, "X-Header-Name")]


def as_prefix(rule: NameRule) -> NameRule:
    """The same rule for metadata.generateName: its trailing dash stands for what will follow."""

    def check(value: str) -> list[str]:
        masked = f"{value[:-2]}a" if len(value) > 1 and value.endswith("-") else value
        return rule(masked)

    return check
