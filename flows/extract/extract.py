"""Stage extract: an archive in, the rows of its members as text out, every line accounted for.

Reads the members of one archive (members.py). Finds out what each one holds by its content, with the member's name as
a hint only, and cuts its lines into the columns of the layout that fits (csv_rows.py, text_rows.py). Writes
nothing. A member that looks like data and fits no declared layout raises `LayoutError`; a line that looks like a row and
cannot be cut is kept as broken, with a reason.
"""

from __future__ import annotations

import re

from flows import catalog
from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.csv_advice import unknown_heading
from flows.extract.csv_rows import csv_heading, read_csv
from flows.extract.lines import Extract
from flows.extract.members import Member, read_members
from flows.extract.text_advice import text_map_row
from flows.extract.text_rows import read_text
from warehouse.errors import LayoutError, ReleaseError

__all__ = ["Extract", "Member", "extract", "hinted_kinds", "read_members"]


def hinted_kinds(member: Member) -> list[Kind]:
    """All kinds, those that the member's name suggests first."""
    kinds = list(catalog.kinds().values())
    return sorted(kinds, key=lambda kind: re.search(kind.name_hint, member.base_name) is None)


def extract(member: Member) -> Extract | None:
    """The rows of a csv or text member; None when the member is no data (a document, a notice).

    Raises LayoutError when the member is data by its name or by most of its heading, and no declared layout fits.
    """
    reader = read_text if member.form == "text" else read_csv
    fault: LayoutError | None = None
    for kind in hinted_kinds(member):
        try:
            found = reader(member, kind)
        except LayoutError as error:
            fault = fault or error
            continue
        if found is not None:
            return _accounted(found)
    likely = hinted_kinds(member)[0]
    if re.search(likely.name_hint, member.base_name):
        raise _unknown_layout(member, likely)
    if fault is not None:
        raise fault
    return None


def _accounted(found: Extract) -> Extract:
    parts = found.rows.height + found.broken.height + found.blank + found.heading + found.note + found.end_mark
    if not parts == found.lines == len(found.member.lines):
        raise ReleaseError(
            f"{found.member.name}: it has {len(found.member.lines)} lines and {parts} are accounted for. This is a fault of the "
            "reader; please report it with the member's hash " + found.member.sha256 + "."
        )
    return found


def _unknown_layout(member: Member, kind: Kind) -> LayoutError:
    if member.form != "text":
        heading = csv_heading(member.lines, kind)
        if heading and not layouts.match_headings(kind.name, heading):
            return unknown_heading(member.name, kind.name, heading)
        return LayoutError(
            f"{member.name}: by its name it is of kind {kind.name}, and {'below its heading' if heading else 'in it'} is no row "
            f"that fits a layout in {layouts.MAP_FOLDER}/{kind.name}.csv ({len(member.lines)} lines). If it is cut short, fetch "
            "the archive again; if CMS changed the file, add the new layout there."
        )
    known = [layout for layout in layouts.layouts(kind.name) if layout.form != "csv"]
    lengths = ", ".join(f"{layout.name} {layout.record_length}" for layout in known if layout.record_length)
    rows = [line.rstrip() for line in member.lines if re.match(kind.text_key, line)]
    found = f"{len(rows)} lines look like rows" + (f", the first has {len(rows[0])} characters" if rows else "")
    # From the eighth character on a record of this kind holds the AMA's words, which are not for a log.
    shown = [line.strip()[: 7 if kind.name == "rvu" else None] for line in member.lines[:3]]
    declared = f"declared record lengths: {lengths}" if lengths else f"declared: {', '.join(x.name for x in known)}"
    return LayoutError(
        f"{member.name}: no declared text layout of kind {kind.name} fits: {found}; {declared}. It begins with "
        f"{' / '.join(shown)[:200]!r}. If CMS changed the file, add the new layout to "
        f"{known[0].map_file}" + ("" if lengths else f" and its pattern to {catalog.PLACE}/text_patterns.toml") + ".",
        text_map_row(kind, member.lines),
    )
