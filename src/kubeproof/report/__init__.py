"""Everything that is told of a run, made from one record of it."""
