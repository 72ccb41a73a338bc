"""Addresses and blocks of them: what is accepted, what is warned of."""

import pytest

from kubeproof.sandbox.kinds import addresses, cidrs


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("192.0.2.1", "IPv4"),
        ("192.000.002.1", "IPv4"),
        ("::1", "IPv6"),
        ("::ffff:192.0.2.1", "IPv4"),
        ("", "unknown"),
        ("1.2.3", "unknown"),
        ("1.2.3.256", "unknown"),
        ("fe80::1%eth0", "unknown"),
        ("1.2.3.4/32", "unknown"),
    ],
)
def test_family(text: str, family: str) -> None:
    assert addresses.family_of(text) == family


@pytest.mark.parametrize("text", ["192.0.2.1", "0.0.0.0", "2001:DB8::1", "::"])
def test_accepted(text: str) -> None:
    assert addresses.validate("f", text) == []


def test_stored_addresses_stay_acceptable() -> None:
    assert addresses.validate("f", "whatever", ["whatever"]) == []


def test_newer_fields_want_the_canonical_form() -> None:
    (error,) = addresses.validate_strictly("f", "2001:DB8::1")
    assert (
        error.message == 'Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")'
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("127.0.0.2", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        ("::1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        ("::", "may not be unspecified (::)"),
        ("fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        ("ff02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
        ("x", "must be a valid IP address"),
    ],
)
def test_no_endpoint(text: str, complaint: str) -> None:
    assert [error.message for error in addresses.validate_endpoint("f", text)] == [
        f'Invalid value: "{text}": {complaint}'
    ]


@pytest.mark.parametrize("text", ["224.0.1.1", "10.0.0.1", "2001:db8::1"])
def test_endpoint(text: str) -> None:
    assert addresses.validate_endpoint("f", text) == []


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("192.0.2.1", []),
        ("192.0.02.1", ['f: non-standard IP address "192.0.02.1" is invalid: use "192.0.2.1"']),
        (
            "::ffff:192.0.2.1",
            ['f: non-standard IP address "::ffff:192.0.2.1" is invalid: use "192.0.2.1"'],
        ),
        (
            "2001:0db8::1",
            [
                'f: IPv6 address "2001:0db8::1" should be in RFC 5952 canonical format '
                '("2001:db8::1")'
            ],
        ),
        ("x", []),
    ],
)
def test_warnings(text: str, warnings: list[str]) -> None:
    assert addresses.warn("f", text) == warnings


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0"]
)
def test_block_accepted(text: str) -> None:
    assert cidrs.validate("f", text) == []
    assert cidrs.warn("f", text) == []


@pytest.mark.parametrize("text", ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "x/8", ""])
def test_no_block(text: str) -> None:
    (error,) = cidrs.validate("f", text)
    assert error.message.endswith("(e.g. 10.9.8.0/24 or 2001:db8::/64)")


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (
            "10.1.2.3/8",
            [
                'f: CIDR value "10.1.2.3/8" is ambiguous in this context '
                '(should be "10.0.0.0/8" or "10.1.2.3/32"?)'
            ],
        ),
        (
            "010.0.0.0/8",
            ['f: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"'],
        ),
        (
            "2001:DB8::/32",
            [
                'f: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format '
                '("2001:db8::/32")'
            ],
        ),
        ("x", []),
    ],
)
def test_block_warnings(text: str, warnings: list[str]) -> None:
    assert cidrs.warn("f", text) == warnings
