"""Faults of names: cluster DNS, and what kubelets tell Pods of it and of Services."""

from kubeproof.faults.fault import Fault, Place, seen_by
from kubeproof.faults.signs import ENVIRONMENT, LOOKUP, NAME, RESOLV_CONF

_COREDNS = "https://github.com/coredns/coredns/issues/"
_ISSUES = "https://github.com/kubernetes/kubernetes/issues/"
_KUBE_DNS = "https://github.com/kubernetes/dns/issues/"
_DOCS = "https://kubernetes.io/docs/concepts/services-networking/"

DNS = (
    Fault(
        "dns-stopped",
        "Nobody answers DNS questions.",
        _COREDNS + "3587",
        Place.DNS,
        seen_by(
            LOOKUP,
            *("dns-01", "dns-02", "dns-04", "dns-05", "dns-07", "dns-09", "dns-10", "dns-12"),
            *("hl-02", "hl-04", "hl-06", "ext-01", "ext-02"),
        ),
    ),
    Fault(
        "dns-stale",
        "DNS answers as things were some time ago.",
        _COREDNS + "3879",
        Place.DNS,
        seen_by(NAME, "dns-08", "hl-02") | seen_by(LOOKUP, "ext-02"),
    ),
    Fault(
        "dns-answers-every-name",
        "A wildcard record answers for names that do not exist.",
        _ISSUES + "49113",
        Place.DNS,
        seen_by(LOOKUP, "dns-06", "hl-07") | seen_by(NAME, "dns-08"),
    ),
    Fault(
        "dns-srv-missing",
        "DNS knows no SRV records.",
        _DOCS + "dns-pod-service/#srv-records",
        Place.DNS,
        seen_by(LOOKUP, "dns-04", "dns-05"),
    ),
    Fault(
        "dns-reverse-missing",
        "DNS knows no names for addresses.",
        "https://github.com/kubernetes/dns/blob/master/docs/specification.md#233---ptr-record",
        Place.DNS,
        seen_by(LOOKUP, "dns-07"),
    ),
    Fault(
        "dns-headless-incomplete",
        "The name of a headless Service gives one Pod only.",
        _KUBE_DNS + "116",
        Place.DNS,
        seen_by(LOOKUP, "hl-02", "dns-05"),
    ),
    Fault(
        "dns-hostnames-ignored",
        "Pods with a hostname have no names of their own.",
        _KUBE_DNS + "504",
        Place.DNS,
        seen_by(LOOKUP, "hl-04"),
    ),
    Fault(
        "dns-unready-included",
        "The name of a headless Service gives Pods that are not ready, too.",
        _DOCS + "dns-pod-service/#pod-s-hostname-and-subdomain-fields",
        Place.DNS,
        seen_by(LOOKUP, "hl-03"),
    ),
    Fault(
        "dns-aliases-missing",
        "DNS knows nothing of ExternalName Services.",
        _DOCS + "service/#externalname",
        Place.DNS,
        seen_by(LOOKUP, "ext-01", "ext-02"),
    ),
)

TOLD = (
    Fault(
        "search-list-missing",
        "Kubelets give Pods no search list: short names do not work.",
        _DOCS + "dns-pod-service/#namespaces-of-services",
        Place.NODE,
        seen_by(LOOKUP, "dns-02") | seen_by(RESOLV_CONF, "dns-03"),
    ),
    Fault(
        "host-network-dns-ignored",
        "Pods on the network of their node cannot have the cluster's DNS.",
        _DOCS + "dns-pod-service/#pod-s-dns-policy",
        Place.NODE,
        seen_by(LOOKUP, "dns-10"),
        fresh=True,  # the process of a run before has read its resolv.conf already
    ),
    Fault(
        "pod-dns-config-ignored",
        "A Pod's dnsConfig has no effect.",
        _DOCS + "dns-pod-service/#pod-dns-config",
        Place.NODE,
        seen_by(RESOLV_CONF, "dns-11", "dns-14"),
    ),
    Fault(
        "hosts-file-untouched",
        "Kubelets leave /etc/hosts as the image has it, without the Pod's own name.",
        "https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/",
        Place.NODE,
        seen_by(LOOKUP, "dns-13"),
    ),
    Fault(
        "service-links-missing",
        "Kubelets start Pods before they know the Services.",
        _DOCS + "service/#environment-variables",
        Place.NODE,
        seen_by(ENVIRONMENT, "env-01"),
    ),
    Fault(
        "service-links-forced",
        "Pods get variables for every Service although they do not want them.",
        _ISSUES + "84539",
        Place.NODE,
        seen_by(ENVIRONMENT, "env-03"),
    ),
    Fault(
        "environment-follows-services",
        "A tool rewrites the variables of running Pods whenever a Service appears.",
        _DOCS + "service/#environment-variables",
        Place.NODE,
        seen_by(ENVIRONMENT, "env-02"),
    ),
)
