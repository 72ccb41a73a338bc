"""Sentences that several reports share."""

from kubeproof.report.book import Book
from kubeproof.report.elements import seconds


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
    """What is known of the cluster, by name; empty where it is not."""
    cluster = book.run.cluster
    return [
        ("Cluster kind", cluster.kind or book.run.facts.get("cluster", "")),
        ("Kubernetes", cluster.kubernetes),
        ("Distribution", cluster.distribution),
        ("Proxy mode", cluster.proxy_mode),
        ("Network plugin", cluster.cni),
        ("IP families", ", ".join(cluster.ip_families)),
        ("Load balancer", cluster.load_balancer),
        ("Nodes", str(len(cluster.nodes)) if cluster.nodes else ""),
        ("Missing", "; ".join(f"{n} ({why})" for n, why in cluster.missing.items())),
        ("kubeproof", book.run.facts.get("kubeproof", "")),
    ]


def took(book: Book) -> str:
    """How long all scenarios took together."""
    return seconds(sum(entry.seconds for entry in book.entries))
