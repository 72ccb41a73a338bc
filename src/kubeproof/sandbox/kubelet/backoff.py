"""How long a failed container or image pull waits before the next try.

Source: "Pod Lifecycle", how Pods handle problems with containers: 10 s, 20 s, 40 s … up to five
minutes, and from the beginning again after ten minutes without a failure.
"""

INITIAL = 10.0
LONGEST = 300.0


class BackOff:
    """Delays in seconds; moments are given in seconds since the epoch."""

    def __init__(self) -> None:
        self.delay = 0.0
        self._updated = 0.0

    def remaining(self, now: float, failed: float) -> float:
        """How long to wait after a failure at ``failed``; 0 when the next try may be made."""
        if not self.delay or self._forgotten(failed):
            return 0.0
        return max(0.0, failed + self.delay - now)

    def advance(self, now: float, failed: float) -> None:
        """A try is made now: after its failure the wait is twice as long."""
        if not self.delay or self._forgotten(failed):
            self.delay = INITIAL
        else:
            self.delay = min(self.delay * 2, LONGEST)
        self._updated = now

    def _forgotten(self, failed: float) -> bool:
        return failed - self._updated > 2 * LONGEST


def format_delay(seconds: float) -> str:
    """A delay as Go prints it: ``10s``, ``1m20s``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
