"""Where a cluster comes from: one module for each kind, behind one protocol."""
