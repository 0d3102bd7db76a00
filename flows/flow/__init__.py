"""The Prefect flow: the steps of flows/refresh.py as task runs (flow.py), and how it is run (run.py)."""
