"""Everything kubeproof raises on purpose, as a tree.

::

    KubeproofError
    ├── Misuse                 the user asked for something that cannot be (exit code 2)
    ├── ClusterUnavailable     no cluster could be had (exit code 3)
    ├── CheckBroken            the check itself failed: neither pass nor fail (exit code 4)
    └── PromiseBroken          the cluster did not do what the documentation says (exit code 1)
        ├── NotSettled         the control plane did not reach the wanted state in its budget
        ├── NotConverged       the dataplane never showed the wanted answer in its budget
        └── NotHeld            the wanted state was there and did not last
"""


class KubeproofError(Exception):
    """Root of kubeproof's own errors; its text is one line a user can act on."""


class Misuse(KubeproofError):
    """Raised when the user's input cannot be worked with: an option, a path, a file."""


class ClusterUnavailable(KubeproofError):
    """Raised when a cluster cannot be brought up or reached."""


class CheckBroken(KubeproofError):
    """Raised when a check could not be carried out, so that it says nothing about the cluster."""


class PromiseBroken(KubeproofError, AssertionError):
    """Raised when a cluster was asked properly and did not keep what the documentation promises."""


class NotSettled(PromiseBroken):
    """Raised when the control plane did not reach a state within its budget."""


class NotConverged(PromiseBroken):
    """Raised when the dataplane did not show the wanted outcome within its budget."""


class NotHeld(PromiseBroken):
    """Raised when a wanted outcome had been reached and then another one was seen."""
