"""How a run ends, for CI: one number for each sort of end."""

GREEN = 0
BROKEN_PROMISE = 1  # at least one scenario failed
MISUSE = 2  # options, paths, features or manifests that cannot be worked with
NO_CLUSTER = 3  # no cluster could be had
BROKEN_CHECK = 4  # no scenario failed, and at least one check could not be carried out
NOTHING_RAN = 5  # no scenario was selected
INTERRUPTED = 130  # Ctrl-C, as shells have it
