"""CMS's reference files (classification of codes, procedure summary), for `pfs inspect`: which one, of which year and layout.

Reads headings and counts lines; rows are read by `pfs refresh` alone, since a procedure summary has millions of them.
"""

from __future__ import annotations

import re
from pathlib import Path

from flows import catalog
from flows.catalog import Reference
from flows.extract.table_file import count_lines, fits, heads, opened
from flows.inspect.report import Finding, Report
from warehouse.errors import LayoutError, PfsError


def reference_report(path: Path) -> Report | None:
    """What is said of a reference file; None when the file is none, neither by its heading nor by its name."""
    if path.suffix.lower() not in (".csv", ".zip"):
        return None
    beginnings = heads(path)
    for name, reference in catalog.references().items():
        is_named = re.search(reference.kind.name_hint, path.name) is not None
        if is_named or any(fits(head, reference.kind) for head in beginnings):
            return _report(path, name, reference)
    return None


def _report(path: Path, name: str, reference: Reference) -> Report:
    what = f"CMS's reference file {name}"
    year = reference.year_of(path.name)
    label = f"{reference.label}{year}" if year else None
    try:
        with opened(path, path.name, reference.kind) as file:
            finding = Finding(file.name, "csv", name, file.layout.name, count_lines(file.path).lines, None, None)
    except PfsError as error:
        advice, spelling = (error.advice, error.spelling) if isinstance(error, LayoutError) else (None, None)
        return Report(what, label, (), (Finding(path.name, "csv", name, None, 0, None, None, str(error), advice, spelling),))
    said = f"{label}, by its name." if label else "Its name tells no year; give it with --year."
    return Report(what, label, (said, f"'pfs refresh {name} --source {path.name}' reads its rows."), (finding,))
