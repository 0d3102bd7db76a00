"""The flow on a temporary Prefect server, which lives as long as the tests of this folder (a package, for fixtures of that scope)."""
