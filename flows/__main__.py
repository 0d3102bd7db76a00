"""`python -m flows` is the command `pfs`."""

from __future__ import annotations

from flows.cli import script

script()
