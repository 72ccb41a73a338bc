"""Sentences that several reports share."""

from kubeproof.report.book import Book
from kubeproof.report.elements import seconds
from kubeproof.report.run import ClusterFacts

UNKNOWN = "unknown"  # the cluster does not tell, or not us


def headline(book: Book) -> str:
    """How the run ended, in a sentence that can be read aloud."""
    counts = book.counts()
    ran = sum(counts.values()) - counts["not run"]
    parts = [f"{counts[word]} {word}" for word in ("passed", "failed")]
    parts += [f"{counts[word]} {word}" for word in ("broken", "skipped") if counts[word]]
    where = book.run.cluster.kind or book.run.facts.get("cluster", "")
    version = f", Kubernetes {book.run.cluster.kubernetes}" if book.run.cluster.kubernetes else ""
    noun = "behaviour" if ran == 1 else "behaviours"
    return f"{ran} {noun} on cluster kind {where}{version}: {', '.join(parts)}."


def cluster_facts(book: Book) -> list[tuple[str, str]]:
    """What is known of the cluster, by name; what could not be found out is told too."""
    cluster = book.run.cluster
    return [
        ("Cluster kind", cluster.kind or book.run.facts.get("cluster", "")),
        *facts_told(cluster),
        ("Missing", "; ".join(f"{n} ({why})" for n, why in cluster.missing.items())),
        ("Known of it", " ".join(f"{one.says} ({one.reference})" for one in cluster.quirks)),
        ("kubeproof", book.run.facts.get("kubeproof", "")),
    ]


def facts_told(cluster: ClusterFacts) -> list[tuple[str, str]]:
    """What kind of cluster it is, by name."""
    return [
        ("Kubernetes", cluster.kubernetes or UNKNOWN),
        ("Distribution", cluster.distribution or UNKNOWN),
        ("Proxy mode", cluster.proxy_mode or UNKNOWN),
        ("Network plugin", cluster.cni or UNKNOWN),
        ("IP families", ", ".join(cluster.ip_families) or UNKNOWN),
        ("Load balancer", balancer(cluster)),
        ("DNS domain", cluster.dns_domain or UNKNOWN),
        ("Node port range", cluster.node_port_range or UNKNOWN),
        ("Feature gates", "; ".join(map(str, cluster.feature_gates)) or UNKNOWN),
        ("Nodes", str(len(cluster.nodes)) if cluster.nodes else ""),
    ]


def balancer(cluster: ClusterFacts) -> str:
    """What gives LoadBalancer Services their addresses."""
    none = "none" if "load-balancer" in cluster.missing else UNKNOWN
    return cluster.load_balancer or none


def took(book: Book) -> str:
    """How long all scenarios took together."""
    return seconds(sum(entry.seconds for entry in book.entries))
