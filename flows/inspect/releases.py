"""Archives of relative value files and their members, for `pfs inspect`.

Reads with stages extract and normalize, as a refresh would; writes nothing. What is wrong with a member or with the archive as a
whole is in the report, not raised.
"""

from __future__ import annotations

from pathlib import Path

from flows.catalog import releases
from flows.extract import layouts
from flows.extract.csv_rows import csv_heading
from flows.extract.extract import extract, hinted_kinds
from flows.extract.members import Member
from flows.inspect.report import Finding, Report
from flows.normalize.normalize import normalize
from flows.normalize.release import read_release
from flows.raw_archive import Archive
from warehouse.errors import LayoutError, PfsError
from warehouse.raw import sha256_of


def release_report(path: Path, members: list[Member]) -> Report:
    """The members of an archive, each with its layout, and the release that the archive is."""
    findings = tuple(member_finding(member) for member in members)
    if not any(finding.kind for finding in findings):
        return Report("an archive without data of any kind that is known", None, (), findings, _nothing(path))
    what = "an archive of relative value files"
    if any(finding.problem for finding in findings):
        return Report(what, releases.parse_label(path.name), (), findings)
    try:
        content = read_release(Archive(path, sha256_of(path), path.name, None))
    except PfsError as error:
        return Report(what, None, (), findings, str(error))
    release = content.release
    known = "in the catalogue" if releases.find(release["label"]) else "not in the catalogue"
    services = f"for services from {release['valid_from']} to {release['valid_to']}"
    governs = "" if release["governs"] else ", which it never governed"
    said = (
        f"{release['label']} ({known}) {services}{governs}, published {release['published_on']} ({release['published_basis']})."
    )
    return Report(what, release["label"], (said, *content.notes), findings)


def member_report(member: Member) -> Report:
    """One bare member."""
    finding = member_finding(member)
    what = f"a member of kind {finding.kind}" if finding.kind else "no member of any kind that is known"
    problem = (
        None if finding.kind else f"{member.name}: it has neither the heading nor the rows of any kind of data that is read."
    )
    return Report(what, None, _seen(finding), (finding,), problem)


def member_finding(member: Member) -> Finding:
    """What one member is, and how many of its lines are rows."""
    if member.form == "other":
        return Finding(member.base_name, member.form, None, None, 0, 0, 0)
    try:
        found = extract(member)
        if found is None:
            return Finding(member.base_name, member.form, None, None, len(member.lines), 0, 0)
        typed = normalize(found)
    except PfsError as error:
        advice, spelling = (error.advice, error.spelling) if isinstance(error, LayoutError) else (None, None)
        kind, lines = nearest_kind(member), line_count(member)
        return Finding(member.base_name, member.form, kind, None, lines, 0, 0, str(error), advice, spelling)
    return Finding(
        member.base_name, member.form, found.kind, found.layout.name, found.lines, typed.rows.height, typed.rejected.height
    )


def _seen(finding: Finding) -> tuple[str, ...]:
    layout = next((item for item in layouts.layouts(finding.kind or "rvu") if item.name == finding.layout), None)
    if layout is None or layout.seen.isdecimal():
        return ()
    return (f"The layout {layout.name} follows descriptions and was seen on no real file; compare a few rows with the file.",)


def line_count(member: Member) -> int:
    """The lines of a member, 0 when it cannot be read."""
    try:
        return len(member.lines)
    except PfsError:
        return 0


def nearest_kind(member: Member) -> str:
    """The kind whose layouts a member comes nearest to: by its heading for csv and Excel, by its name for text."""
    kinds = hinted_kinds(member)
    if member.form == "text" or not line_count(member):
        return kinds[0].name
    return min(kinds, key=lambda kind: _distance(csv_heading(member.lines, kind), kind.name)).name


def _distance(heading: list[str], kind: str) -> float:
    known = [layout for layout in layouts.layouts(kind) if layout.form == "csv" and layout.has_headings]
    return min(layouts.distance(layout, heading) / layout.width for layout in known)


def _nothing(path: Path) -> str:
    return (
        f"{path.name} holds no relative value, ZIP code or payment amount file: no member has the heading, record or rows of one."
    )
