"""What a file is, without loading it: `pfs inspect` (inspect.py)."""
