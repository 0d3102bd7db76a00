"""Data at rest: the raw store, tables, loading, deriving, checking, publishing and reading."""
