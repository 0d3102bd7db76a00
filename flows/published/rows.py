"""The rows of a payment amount file or of a table of published amounts, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator

from flows.published.batch import Batch
from flows.published.files import CMS, PaymentFile, qp_status_of
from flows.published.records import record_batches
from flows.published.tables import table_batches


def batches(file: PaymentFile, release: str | None = None, qp_status: str | None = None) -> Iterator[Batch]:
    """The rows of a file, some hundred thousand at a time.

    `release` and `qp_status` stand in for what the file's name says; rows of a table that name their own release or date keep it.
    """
    status = qp_status or qp_status_of(file.names)
    if file.form == CMS:
        yield from record_batches(file, release, status)
    else:
        yield from table_batches(file, release, status)
