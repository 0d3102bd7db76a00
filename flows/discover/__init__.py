"""Stage discover: what a source offers, and which of it is wanted (discover.py)."""
