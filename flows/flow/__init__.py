"""The Prefect flow: the steps of flows/steps.py as task runs (flow.py), and how it is run (run.py)."""
