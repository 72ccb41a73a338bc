"""What is refused of the addresses and families in a new Service."""

import pytest

from kubeproof.sandbox.api.status import ApiError
from kubeproof.sandbox.objects import Object
from tests.sandbox.kinds.cluster import Cluster, causes

ONLY_LB = "Forbidden: may only be used when `type` is 'LoadBalancer'"

REFUSED: list[tuple[str, Object, list[str]]] = [
    (
        "clusterIPs without clusterIP",
        {"clusterIPs": ["10.96.7.7"]},
        [
            'spec.clusterIPs: Invalid value: ["10.96.7.7"]: '
            "must be empty when `clusterIP` is not specified"
        ],
    ),
    (
        "clusterIPs another than clusterIP",
        {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.8"]},
        ['spec.clusterIPs: Invalid value: ["10.96.7.8"]: first value must match `clusterIP`'],
    ),
    (
        "two addresses of one family",
        {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7", "10.96.7.8"]},
        [
            'spec.clusterIPs: Invalid value: ["10.96.7.7","10.96.7.8"]: '
            "may specify no more than one IP for each IP family"
        ],
    ),
    (
        "three addresses",
        {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7", "fd00::1", "10.96.7.8"]},
        [
            'spec.clusterIPs: Invalid value: ["10.96.7.7","fd00::1","10.96.7.8"]: '
            "may only hold up to 2 values"
        ],
    ),
    (
        "None and an address",
        {"clusterIP": "None", "clusterIPs": ["None", "10.96.7.8"]},
        [
            'spec.clusterIPs: Invalid value: ["None","10.96.7.8"]: '
            "'None' must be the first and only value"
        ],
    ),
    (
        "no address",
        {"clusterIP": "ten"},
        [
            'spec.clusterIPs[0]: Invalid value: "ten": must be a valid IP address, '
            "(e.g. 10.9.8.7 or 2001:db8::ffff)"
        ],
    ),
    (
        "address with leading zeros",
        {"clusterIP": "10.96.007.7"},
        ['spec.clusterIPs[0]: Invalid value: "10.96.007.7": must not have leading 0s'],
    ),
    (
        "mapped address",
        {"clusterIP": "::ffff:10.96.7.7"},
        [
            'spec.clusterIPs[0]: Invalid value: "::ffff:10.96.7.7": '
            "must not be an IPv4-mapped IPv6 address"
        ],
    ),
    (
        "address of a family the cluster has not",
        {"clusterIP": "fd00::1"},
        ['spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster'],
    ),
    (
        "address of another family than stated",
        {"clusterIP": "10.96.7.7", "ipFamilies": ["IPv6"]},
        [
            'spec.clusterIPs[0]: Invalid value: "10.96.7.7": '
            "expected an IPv6 value as indicated by `ipFamilies[0]`"
        ],
    ),
    (
        "unknown family",
        {"ipFamilies": ["IPX"]},
        ['spec.ipFamilies[0]: Unsupported value: "IPX": supported values: "IPv4", "IPv6"'],
    ),
    (
        "family twice",
        {"ipFamilies": ["IPv4", "IPv4"], "ipFamilyPolicy": "RequireDualStack"},
        ['spec.ipFamilies[1]: Duplicate value: "IPv4"'],
    ),
    (
        "unknown family policy",
        {"ipFamilyPolicy": "Triple"},
        [
            'spec.ipFamilyPolicy: Unsupported value: "Triple": supported values: '
            '"PreferDualStack", "RequireDualStack", "SingleStack"'
        ],
    ),
    (
        "two families on a single stack",
        {"ipFamilies": ["IPv4", "IPv6"]},
        [
            "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or "
            "'PreferDualStack' when multiple IP families are specified"
        ],
    ),
    (
        "two families of which the cluster has one",
        {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack"},
        ['spec.ipFamilies[1]: Invalid value: "IPv6": not configured on this cluster'],
    ),
    (
        "two stacks, where the cluster has one",
        {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"},
        [
            'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
            "this cluster is not configured for dual-stack services",
            'spec.ipFamilies[1]: Invalid value: "IPv6": not configured on this cluster',
        ],
    ),
    (
        "external addresses",
        {"externalIPs": ["0.0.0.0", "169.254.1.1", "224.0.0.1", "x", "010.1.1.1"]},
        [
            'spec.externalIPs[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
            'spec.externalIPs[1]: Invalid value: "169.254.1.1": '
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
            'spec.externalIPs[2]: Invalid value: "224.0.0.1": '
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
            'spec.externalIPs[3]: Invalid value: "x": must be a valid IP address, '
            "(e.g. 10.9.8.7 or 2001:db8::ffff)",
            'spec.externalIPs[4]: Invalid value: "010.1.1.1": must not have leading 0s',
        ],
    ),
    (
        "source ranges",
        {
            "type": "LoadBalancer",
            "loadBalancerSourceRanges": ["10.0.0.0", " 10.0.0.0/8 ", "10.0.0.1/8", "10.0.0.0/08"],
        },
        [
            'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR '
            "value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            'spec.LoadBalancerSourceRanges[2]: Invalid value: "10.0.0.1/8": '
            "must not have bits set beyond the prefix length",
            'spec.LoadBalancerSourceRanges[3]: Invalid value: "10.0.0.0/08": '
            "must not have leading 0s in IP or prefix length",
        ],
    ),
    (
        "source ranges without load balancer",
        {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
        [f"spec.LoadBalancerSourceRanges: {ONLY_LB}"],
    ),
]


@pytest.mark.parametrize(
    ("spec", "expected"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(cluster: Cluster, spec: Object, expected: list[str]) -> None:
    with pytest.raises(ApiError) as refusal:
        cluster.service(**spec)
    assert causes(refusal.value) == expected
    assert cluster.registry.list("ipaddresses") == []
