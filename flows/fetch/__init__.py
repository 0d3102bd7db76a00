"""Stage fetch: archives into the raw store, tested and hashed (fetch.py)."""
