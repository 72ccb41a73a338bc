"""Names, labels and the like: what is accepted, and the wording of what is not."""

import pytest

from kubeproof.sandbox.kinds import names

GOOD: list[tuple[names.NameRule, list[str]]] = [
    (names.dns_label, ["a", "1a", "a-b", "x" * 63]),
    (names.dns_subdomain, ["a", "a.b-c.1", "x" * 253]),
    (names.dns_subdomain_with_underscore, ["_tcp.example", "a_b"]),
    (names.label_key, ["a", "A.b_c-d", "example.com/A", f"{'a' * 253}/{'b' * 63}"]),
    (names.label_value, ["", "A", "a_b.c-d", "x" * 63]),
    (names.port_name, ["http", "a1", "1a", "a-b", "x" * 15]),
    (names.environment_name, ["A", "a b", "1", "a-b", "{}"]),
    (names.c_identifier, ["_a", "A1"]),
    (names.config_key, ["a", "a..b", "..a"[1:], "A_b-c.1"]),
    (names.path_segment, ["a", "A b", "a:b"]),
    (names.percent, ["0%", "100%"]),
    (names.header_name, ["X-A"]),
]

BAD: list[tuple[names.NameRule, str, list[str]]] = [
    (names.dns_label, "x" * 64, ["must be no more than 63 characters"]),
    (names.dns_label, "a.b", ["must not contain dots"]),
    (names.dns_subdomain, "x" * 254, ["must be no more than 253 characters"]),
    (names.label_key, "/a", ["prefix part must be non-empty"]),
    (names.label_key, f"{'a' * 254}/b", ["prefix part must be no more than 253 bytes"]),
    (names.label_key, "x" * 64, ["name part must be no more than 63 bytes"]),
    (names.label_value, "x" * 64, ["must be no more than 63 bytes"]),
    (names.port_name, "1", ["must contain at least one letter (a-z)"]),
    (
        names.port_name,
        "",
        [
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
            "must contain at least one letter (a-z)",
        ],
    ),
    (
        names.environment_name,
        "a=b",
        [
            "a valid environment variable name must consist only of printable ASCII characters "
            "other than '='"
        ],
    ),
    (names.environment_name, "", ["environment variable name must be non-empty"]),
    (names.config_key, "..", ["must not be '..'"]),
    (names.config_key, "..a", ["must not start with '..'"]),
    (names.path_segment, ".", ["may not be '.'"]),
    (names.path_segment, "a/b%", ["may not contain '/'", "may not contain '%'"]),
    (
        names.percent,
        "5",
        [
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        ],
    ),
]


@pytest.mark.parametrize(
    ("rule", "value"), [(rule, value) for rule, values in GOOD for value in values]
)
def test_good(rule: names.NameRule, value: str) -> None:
    assert rule(value) == []


@pytest.mark.parametrize(("rule", "value", "complaints"), BAD)
def test_bad(rule: names.NameRule, value: str, complaints: list[str]) -> None:
    assert rule(value) == complaints


@pytest.mark.parametrize("value", ["", "-a", "a-", "A", "a_b", "ä", "a\n"])
def test_no_label(value: str) -> None:
    (complaint,) = names.dns_label(value)
    assert complaint.startswith("a lowercase RFC 1123 label must consist of")


@pytest.mark.parametrize("value", ["a/b/c", " a", "a ", "", "a/"])
def test_no_label_key(value: str) -> None:
    assert names.label_key(value)


def test_a_prefix_may_end_in_a_dash() -> None:
    assert names.as_prefix(names.dns_label)("web-") == []
    assert names.as_prefix(names.dns_label)("-")
    assert names.as_prefix(names.dns_label)("Web-")


@pytest.mark.parametrize(("port", "good"), [(0, False), (1, True), (65535, True), (65536, False)])
def test_port_numbers(port: int, good: bool) -> None:
    assert names.port_number(port) == ([] if good else ["must be between 1 and 65535, inclusive"])
