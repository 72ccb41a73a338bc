"""What is wrong with a Pod's names and its resolver. Source: core validation of 1.36."""

from collections.abc import Iterable

from kubeproof.sandbox.api.field import FieldError
from kubeproof.sandbox.kinds import addresses, names
from kubeproof.sandbox.kinds.metadata import complaints
from kubeproof.sandbox.kinds.parts import parts, text, texts
from kubeproof.sandbox.objects import Object

POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_NAMESERVERS = 3
_SEARCHES = 32
_SEARCH_CHARACTERS = 2048


def validate_dns(spec: Object, field: str) -> Iterable[FieldError]:
    """dnsConfig, which policy None cannot do without."""
    config: Object | None = spec.get("dnsConfig")
    where = f"{field}.dnsConfig"
    if text(spec, "dnsPolicy") == "None":
        if config is None:
            detail = "must provide `dnsConfig` when `dnsPolicy` is None"
            yield FieldError.required(where, detail)
            return
        if not texts(config, "nameservers"):
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield FieldError.required(f"{where}.nameservers", detail)
            return
    if config is not None:
        yield from _validate_servers(texts(config, "nameservers"), f"{where}.nameservers")
        yield from _validate_searches(texts(config, "searches"), f"{where}.searches")
        for index, option in enumerate(parts(config, "options")):
            if not text(option, "name"):
                yield FieldError.required(f"{where}.options[{index}]", "must not be empty")


def _validate_servers(servers: list[str], field: str) -> Iterable[FieldError]:
    if len(servers) > _NAMESERVERS:
        detail = f"must not have more than {_NAMESERVERS} nameservers"
        yield FieldError.invalid(field, servers, detail)
    for index, server in enumerate(servers):
        yield from addresses.validate(f"{field}[{index}]", server)


def _validate_searches(searches: list[str], field: str) -> Iterable[FieldError]:
    if len(searches) > _SEARCHES:
        detail = f"must not have more than {_SEARCHES} search paths"
        yield FieldError.invalid(field, searches, detail)
    if len(" ".join(searches)) > _SEARCH_CHARACTERS:
        detail = (
            f"must not have more than {_SEARCH_CHARACTERS} characters (including spaces) "
            "in the search list"
        )
        yield FieldError.invalid(field, searches, detail)
    for index, search in enumerate(searches):
        if search != ".":
            name = search.removesuffix(".")
            yield from complaints(f"{field}[{index}]", name, names.dns_subdomain_with_underscore)


def validate_hostnames(spec: Object, field: str) -> Iterable[FieldError]:
    """hostname and subdomain, which together make the Pod's name in the DNS."""
    for name in ("hostname", "subdomain"):
        if text(spec, name):
            yield from complaints(f"{field}.{name}", spec[name], names.dns_label)


def validate_host_aliases(spec: Object, field: str) -> Iterable[FieldError]:
    """Lines of the Pod's hosts file."""
    for index, alias in enumerate(parts(spec, "hostAliases")):
        where = f"{field}.hostAliases[{index}]"
        yield from addresses.validate(f"{where}.ip", text(alias, "ip"))
        for place, hostname in enumerate(texts(alias, "hostnames")):
            yield from complaints(f"{where}.hostnames[{place}]", hostname, names.dns_subdomain)
