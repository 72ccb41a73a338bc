"""The switch on a node: a shell script that breaks it, and mends it when its lease runs out."""

from dataclasses import dataclass
from importlib.resources import files

from kubeproof.cluster.disruption.shell import NodeShell
from kubeproof.errors import CheckBroken, ClusterUnavailable, KubeproofError

FOLDER = "/run/kubeproof"  # in memory: a node that restarts has forgotten both fault and mark
LEASE_SECONDS = 15
_PARTS = ("switch", "processes", "iptables", "nftables", "link", "flows", "faults", "orders")
_FOLDER = files("kubeproof.cluster.disruption")
SCRIPT = "\n".join(_FOLDER.joinpath(f"{one}.sh").read_text(encoding="utf-8") for one in _PARTS)
_INSTALL = 'umask 077 && mkdir -p "$1" && printf %s "$2" >"$1/new" && mv "$1/new" "$1/switch"'
INSTALL = ("sh", "-c", _INSTALL, "sh", FOLDER, SCRIPT)
_ANOTHER, _IMPOSSIBLE, _NOTHING_THERE = 3, 4, 6


class CannotBreak(KubeproofError):
    """Raised when a fault cannot be done on a node, as what it acts upon is not there."""


@dataclass
class Switch:
    """The switch of one node."""

    shell: NodeShell
    node: str
    installed: bool = False

    def on(self, fault: str, namespaces: str, peers: str) -> None:
        """Break the node; returns when it is so, and it stays so for the length of a lease.

        Args:
            fault: which way.
            namespaces: how the names of those begin whose Services it may touch.
            peers: addresses and ranges of the other nodes and their Pods, separated by blanks.

        Raises:
            CannotBreak: this node has nothing for this fault to act upon.
            ClusterUnavailable: somebody else has broken the node.
        """
        if not self.installed:
            self._ordered(*INSTALL)
            self.installed = True
        code, told = self._asked("break", fault, str(LEASE_SECONDS), namespaces, peers)
        if code == _IMPOSSIBLE:
            raise CannotBreak(f"{fault} cannot be done on {self.node}: {told}")
        if code == _ANOTHER:
            raise ClusterUnavailable(
                f"{self.node}: {told}; it ends by itself within {LEASE_SECONDS} s once nobody "
                "holds it, try again then"
            )
        if code:
            raise CheckBroken(f"{self.node}: {fault} could not be switched on: {told or code}")

    def strike(self) -> str:
        """Change kube-proxy's rules, which have to be there; why that was not so, or nothing.

        Raises:
            CheckBroken: the fault has ended meanwhile, or could not be told to.
        """
        code, told = self._asked("strike")
        if code not in (0, _NOTHING_THERE):
            raise CheckBroken(f"{self.node}: the fault did not strike: {told or code}")
        return told if code else ""

    def renew(self) -> bool:
        """A new lease; False if the fault has ended."""
        return self._asked("renew")[0] == 0

    def off(self) -> None:
        """Mend the node; returns when it is so.

        Raises:
            CheckBroken: it could not be told to.
        """
        code, told = self._asked("mend")
        if code:
            raise CheckBroken(
                f"{self.node} could not be mended ({told or code}); it mends itself within "
                f"{LEASE_SECONDS} s, or by hand there: sh {FOLDER}/switch mend"
            )

    def _asked(self, *order: str) -> tuple[int, str]:
        ran = self.shell.execute(self.node, ["sh", f"{FOLDER}/switch", *order])
        return ran.code, " ".join(ran.output.split())

    def _ordered(self, *command: str) -> None:
        ran = self.shell.execute(self.node, command)
        if ran.code:
            raise CheckBroken(f"{self.node} takes no switch: {ran.output.strip() or ran.code}")
