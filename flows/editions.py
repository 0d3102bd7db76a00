"""What a new edition of a release changed, member by member, and whether an archive's name says something else than it is.

Belongs to stage load. Reads the build that the edition was loaded into; writes nothing.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import duckdb

from flows.catalog import releases
from warehouse.counted import counted
from warehouse.load import ReleaseContent

_NAMED = 6

# The edition before is the newest one of the label that was loaded earlier, whatever its number.
_EARLIER = """
select earlier.release_id from release earlier join release later using (label)
where later.release_id = ? and earlier.edition < later.edition order by earlier.edition desc limit 1
"""


def what_changed(con: duckdb.DuckDBPyConnection, release_id: str) -> str:
    """A sentence that names the members in which an edition differs from the one before it; empty for a first edition."""
    earlier = con.execute(_EARLIER, [release_id]).fetchone()
    if earlier is None:
        return ""
    before, now = _members(con, earlier[0]), _members(con, release_id)
    changed = sorted(name for name in now.keys() & before.keys() if now[name] != before[name])
    gone, added = before.keys() - now.keys(), now.keys() - before.keys()
    renamed = {old: new for old in gone for new in added if before[old] == now[new]}
    parts = [
        _listed("changed", changed),
        _listed("new", sorted(added - set(renamed.values()))),
        _listed("missing", sorted(gone - renamed.keys())),
        _listed("renamed", sorted(f"{old} to {new}" for old, new in renamed.items())),
    ]
    said = "; ".join(part for part in parts if part) or "the names of its members only"
    same = sum(now[name] == before[name] for name in now.keys() & before.keys())
    return f"A new edition beside {earlier[0]}: {said}; {same} of {len(now)} members are the same."


def renamed(archive_name: str, label: str) -> str:
    """A sentence when the name of an archive is that of another release than its content; empty when it is not."""
    told = releases.parse_label(archive_name)
    return f"By its name {archive_name} is {told}; by its content it is {label}." if told and told != label else ""


def unheard_of(content: ReleaseContent) -> str:
    """A sentence on a release that the catalogue does not have; empty for one that it has, and for a ZIP code file."""
    label, row = content.label, content.release
    if releases.find(label) or releases.parse_label(label) != label:
        return ""
    dates = f"services {row['valid_from']} to {row['valid_to']}, published {row['published_on']}"
    return f"The catalogue has never heard of {label}; from its name and title: {dates}."


def _members(con: duckdb.DuckDBPyConnection, release_id: str) -> dict[str, str]:
    rows = con.execute("select member_name, member_sha256 from archive_member where release_id = ?", [release_id]).fetchall()
    return {PurePosixPath(name).name: sha256 for name, sha256 in rows}


def _listed(word: str, names: list[str]) -> str:
    further = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{word}: {', '.join(names[:_NAMED])}{further}" if names else ""


def kept_out(content: ReleaseContent) -> str:
    """Which rows a release lacks because they could not be read, without those that repeat another row; the first three."""
    rejected = content.frames.get("rejected_row", content.frames.get("reference_rejected_row"))
    if rejected is None or not rejected.height:
        return ""
    lost = rejected.filter(~rejected["reason"].str.contains("repeats line"))
    if not lost.height:
        return ""
    places = [f"line {row['line_number']} of {row['member_name']}: {row['reason']}" for row in lost.head(3).to_dicts()]
    return f"{counted(lost.height, 'row was', 'rows were')} kept out: {'; '.join(places)}."
