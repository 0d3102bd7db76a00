"""Data on the move: what happens to a release, in order (discover, fetch, extract, normalize, and the flow)."""
