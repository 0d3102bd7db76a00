"""Stage normalize: typed rows, the member that is loaded, and which release an archive is (normalize.py, release.py)."""
