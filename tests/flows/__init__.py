"""The flow on a temporary Prefect server. A package, so that fixtures may live as long as the tests of this folder."""
