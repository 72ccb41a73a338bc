"""Where a behaviour is promised, and which of Kubernetes' own tests checks it, as addresses."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote_plus

DOCS = "https://kubernetes.io/docs/"
_ENHANCEMENTS = "https://github.com/kubernetes/enhancements/issues/"
_KUBERNETES = "https://github.com/kubernetes/kubernetes"

# The short names of pages in the table of behaviours.
PAGES: Mapping[str, str] = {
    "SVC": "concepts/services-networking/service/",
    "VIP": "reference/networking/virtual-ips/",
    "DNS": "concepts/services-networking/dns-pod-service/",
    "EPS": "concepts/services-networking/endpoint-slices/",
    "DUAL": "concepts/services-networking/dual-stack/",
    "CIPA": "concepts/services-networking/cluster-ip-allocation/",
    "ITP": "concepts/services-networking/service-traffic-policy/",
    "TAR": "concepts/services-networking/topology-aware-routing/",
    "NP": "concepts/services-networking/network-policies/",
    "PROTO": "reference/networking/service-protocols/",
    "SIP": "tutorials/services/source-ip/",
    "CONN": "tutorials/services/connect-applications-service/",
    "TERM": "tutorials/services/pods-and-endpoint-termination-flow/",
    "XLB": "tasks/access-application-cluster/create-external-load-balancer/",
    "PF": "tasks/access-application-cluster/port-forward-access-application-cluster/",
    "APX": "tasks/access-application-cluster/access-cluster-services/",
    "DBG": "tasks/debug/debug-application/debug-service/",
    "LBL": "reference/labels-annotations-taints/",
    "PODLC": "concepts/workloads/pods/pod-lifecycle/",
    "DNSSPEC": "",
    "API": "reference/kubernetes-api/service-resources/service-v1/",
}
_ELSEWHERE: Mapping[str, str] = {
    "DNSSPEC": "https://github.com/kubernetes/dns/blob/master/docs/specification.md"
}
_FIRST = re.compile(r"[A-Z]+")
_KEP = re.compile(r"KEP-(\d+)")
_PATH = re.compile(r"(?:tasks|concepts|reference|tutorials)/[\w/-]+")


def sources(text: str) -> Iterator[tuple[str, str]]:
    """Each source in a behaviour's list: its words, and its address or nothing."""
    for part in text.split(";"):
        words = part.strip()
        if words and not words.startswith("seed"):  # a note of ours, no source to look up
            yield words, _address(words)


def _address(words: str) -> str:
    if found := _KEP.match(words):
        return _ENHANCEMENTS + found[1]
    if path := _PATH.match(words):
        return f"{DOCS}{path[0]}/"
    page = _FIRST.match(words)
    if page and page[0] in PAGES:
        return _ELSEWHERE.get(page[0]) or DOCS + PAGES[page[0]]
    return ""


def in_words(words: str) -> str:
    """A source with the short name of its page written out."""
    page = _FIRST.match(words)
    if not page or not PAGES.get(page[0]):
        return words
    name = PAGES[page[0]].rstrip("/").rpartition("/")[2]
    return f"{name.replace('-', ' ')}{words[page.end() :]}"


def upstream(title: str) -> str:
    """Where a test of Kubernetes with that title is found."""
    return f"{_KUBERNETES}/search?q={quote_plus(chr(34) + title + chr(34))}&type=code"
