"""Endpoints and EndpointSlices: defaults, refusals, what may change."""

import copy

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.api.writer import Writer
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def piece(cluster: Cluster, writer: Writer | None = None, **parts: object) -> Object:
    whole: Object = {"addressType": "IPv4", "endpoints": [], "ports": [], **parts}
    return cluster.create("endpointslices", whole, writer=writer)


def test_ports_of_slices_have_names_and_protocols(cluster: Cluster) -> None:
    made = piece(cluster, ports=[{"port": 80}, {"name": "udp", "port": 80, "protocol": "UDP"}])
    assert made["ports"] == [
        {"name": "", "port": 80, "protocol": "TCP"},
        {"name": "udp", "port": 80, "protocol": "UDP"},
    ]
    assert made["metadata"]["generation"] == 1


SLICES: list[tuple[str, Object, list[str]]] = [
    ("no type", {"addressType": ""}, ["addressType: Required value"]),
    (
        "unknown type",
        {"addressType": "IPX"},
        ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'],
    ),
    (
        "no address",
        {"endpoints": [{"addresses": []}]},
        ["endpoints[0].addresses: Required value: must contain at least 1 address"],
    ),
    (
        "addresses",
        {"endpoints": [{"addresses": ["x", "2001:db8::1", "127.0.0.1"]}]},
        [
            f'endpoints[0].addresses[0]: Invalid value: "x": {IP}',
            'endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address',
            'endpoints[0].addresses[2]: Invalid value: "127.0.0.1": '
            "may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ],
    ),
    (
        "IPv6 in another form",
        {"addressType": "IPv6", "endpoints": [{"addresses": ["2001:DB8::1"]}]},
        [
            'endpoints[0].addresses[0]: Invalid value: "2001:DB8::1": '
            'must be in canonical form ("2001:db8::1")'
        ],
    ),
    (
        "name",
        {"addressType": "FQDN", "endpoints": [{"addresses": ["example"]}]},
        [
            'endpoints[0].addresses[0]: Invalid value: "example": '
            "should be a domain with at least two segments separated by dots"
        ],
    ),
    (
        "too many addresses",
        {"endpoints": [{"addresses": [f"10.0.0.{host}" for host in range(1, 102)]}]},
        ["endpoints[0].addresses: Too many: 101: must have at most 100 items"],
    ),
    (
        "too many endpoints",
        {"endpoints": [{"addresses": ["10.0.0.1"]}] * 1001},
        ["endpoints: Too many: 1001: must have at most 1000 items"],
    ),
    (
        "ports",
        {"ports": [{"name": "a"}, {"name": "a", "protocol": "icmp", "appProtocol": "/x"}]},
        [
            'ports[1].name: Duplicate value: "a"',
            'ports[1].protocol: Unsupported value: "icmp": supported values: "SCTP", "TCP", "UDP"',
            'ports[1].appProtocol: Invalid value: "/x": prefix part must be non-empty',
        ],
    ),
    (
        "host name and hints",
        {
            "endpoints": [
                {
                    "addresses": ["10.0.0.1"],
                    "hostname": "a.b",
                    "hints": {"forZones": [{"name": "z"}, {"name": "z"}]},
                }
            ]
        },
        [
            'endpoints[0].hostname: Invalid value: "a.b": must not contain dots',
            'endpoints[0].hints.forZones[1].name: Duplicate value: "z"',
        ],
    ),
]


@pytest.mark.parametrize(
    ("parts", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SLICES]
)
def test_slice_refused(cluster: Cluster, parts: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        piece(cluster, **parts)
    assert causes(refusal.value) == expected


def test_the_address_type_stays(cluster: Cluster) -> None:
    made = copy.deepcopy(piece(cluster))
    made["addressType"] = "IPv6"
    with pytest.raises(ApiError) as refusal:
        cluster.change("endpointslices", made)
    assert causes(refusal.value) == ['addressType: Invalid value: "IPv6": field is immutable']


def test_the_older_topology_cannot_be_written(cluster: Cluster) -> None:
    endpoint = {"addresses": ["10.0.0.1"], "deprecatedTopology": {"a": "b"}}
    assert "deprecatedTopology" not in piece(cluster, endpoints=[endpoint])["endpoints"][0]


def test_slice_warnings(cluster: Cluster) -> None:
    writer = Writer()
    piece(cluster, writer, addressType="FQDN", endpoints=[{"addresses": ["a.example"]}])
    assert writer.warnings == ["spec.addressType: FQDN endpoints are deprecated"]


def test_slices_with_stored_mistakes_can_still_be_labelled(cluster: Cluster) -> None:
    made = copy.deepcopy(piece(cluster))
    made["endpoints"] = [{"addresses": ["010.0.0.1"], "conditions": {}}]
    cluster.store.put("endpointslices", copy.deepcopy(made))
    made["metadata"]["labels"] = {"a": "b"}
    assert cluster.change("endpointslices", made)["metadata"]["labels"] == {"a": "b"}


ENDPOINTS: list[tuple[str, list[Object], list[str]]] = [
    (
        "nothing in it",
        [{"ports": [{"port": 80}]}],
        ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    ),
    (
        "addresses",
        [
            {
                "addresses": [{"ip": "169.254.0.1"}],
                "notReadyAddresses": [{"ip": "x", "hostname": "a.b"}],
            }
        ],
        [
            'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": '
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
            f'subsets[0].notReadyAddresses[0].ip: Invalid value: "x": {IP}',
            'subsets[0].notReadyAddresses[0].hostname: Invalid value: "a.b": must not contain dots',
            'subsets[0].notReadyAddresses[0].ip: Invalid value: "x": must be a valid IP address',
        ],
    ),
    (
        "ports",
        [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 0}, {"name": "a", "port": 1}]}],
        [
            "subsets[0].ports[0].name: Required value",
            "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ],
    ),
]


@pytest.mark.parametrize(
    ("subsets", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ENDPOINTS]
)
def test_endpoints_refused(cluster: Cluster, subsets: list[Object], expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.create("endpoints", {"subsets": subsets})
    assert causes(refusal.value) == expected


def test_endpoints_are_tcp(cluster: Cluster) -> None:
    subsets = [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]
    made = cluster.create("endpoints", {"subsets": subsets})
    assert made["subsets"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_endpoints_warnings(cluster: Cluster) -> None:
    writer = Writer()
    subsets = [{"addresses": [{"ip": "2001:DB8::1"}]}]
    cluster.create("endpoints", {"subsets": subsets}, writer=writer)
    assert writer.warnings == [
        'subsets[0].addresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical '
        'format ("2001:db8::1")'
    ]
    writer = Writer()
    labels = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    parts = {"metadata": {"labels": labels}, "subsets": subsets}
    cluster.create("endpoints", parts, name="controlled", writer=writer)
    assert writer.warnings == []
