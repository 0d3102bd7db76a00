"""`pfs status`: what the warehouse holds, and what it does not."""

from __future__ import annotations

from datetime import date
from typing import Any

from flows.catalog import releases
from flows.commands.condition import condition, show_condition
from flows.commands.coverage import calendar_rows, listed, show_calendar, show_listed
from flows.commands.zip_files import show_zip_files, zip_files
from flows.plain import as_json, clean
from flows.show import console, line, table
from warehouse import read
from warehouse.check import found_sentence
from warehouse.counted import counted
from warehouse.errors import WarehouseError
from warehouse.home import Home, home

_MEMBER_COLUMNS = (
    "lines",
    "rows_loaded",
    "rows_matched",
    "rows_rejected",
    "lines_blank",
    "lines_heading",
    "lines_note",
    "lines_end_mark",
)


def command(with_members: bool, with_rejected: bool, with_calendar: bool, json: bool) -> int:
    """Prints the state of the warehouse.

    Without one that can be read: the calendar, where it was asked for and there is none; else what is known of the home, and the
    error is raised.
    """
    place = home()
    if with_calendar and not place.published.exists():
        return _calendar_alone(place, json)
    try:
        published = read.open_published(place)
    except WarehouseError as error:
        _show_home_alone(place, error, json)
        raise
    with published as con:
        state = _state(place, read.loaded_releases(con))
        state["references"] = read.references(con)
        state["zip_files"] = zip_files(con)
        state["check_results"] = read.rows(con, "select * from check_result order by severity, check_name")
        if with_members or json:
            state["members"] = read.members(con)
        if with_rejected or json:
            state["rejected"] = read.rejected(con)
        differing = read.rows(
            con,
            "select release_id, kind, member_name, other_member_name, column_name, count(*) as values_differing, "
            "any_value(decision) as decision from member_disagreement group by all order by all",
        )
    state["disagreements"] = differing
    state["listed"] = listed(place, state["releases"])
    if with_calendar:
        state["calendar"] = calendar_rows(state["releases"])
    if json:
        print(as_json(state))
    else:
        _show(state, with_members, with_rejected)
    return 0


def _calendar_alone(place: Home, json: bool) -> int:
    state: dict[str, Any] = {"warehouse": None, "releases": [], "listed": listed(place, []), "calendar": calendar_rows([])}
    if json:
        print(as_json(state))
    else:
        console().print(line(f"There is no warehouse at {place.published} yet."))
        show_listed(state["listed"])
        show_calendar(state["calendar"], [])
    return 0


def _show_home_alone(place: Home, error: WarehouseError, json: bool) -> None:
    """How the last refresh ended and what lies about is asked for all the more where no warehouse can be read."""
    state = condition(place, has_warehouse=False)
    if json:
        print(as_json({"warehouse": None, "error": clean(error), "releases": [], **state}))
    elif any(state[name] for name in ("last_refresh", "writing", "kept", "leftovers")):
        show_condition(state)


def _state(place: Home, loaded: list[read.Row]) -> dict[str, Any]:
    labels = {row["label"] for row in loaded}
    years = {row["year"] for row in loaded} | {date.today().year}  # noqa: DTZ011  the operator's year
    missing = [release for release in releases.releases() if release.year in years and release.label not in labels]
    return {
        "warehouse": str(place.published),
        "releases": loaded,
        "missing": [
            {"label": r.label, "valid_from": r.valid_from, "valid_to": r.valid_to, "governs": r.governs, "title": r.title}
            for r in missing
        ],
        **condition(place),
    }


def _standing(row: read.Row) -> str:
    """Whether a loaded release governs. One that CMS replaced by a release that is not here still answers, and is said to."""
    if not row["governs"]:
        return "never governed"
    if row["superseded_by"]:
        return f"superseded by {row['superseded_by']}"
    later = [release.label for release in releases.releases() if release.governs and release.supersedes == row["label"]]
    return f"superseded by {later[0]}, not loaded" if later else "governs"


def _show(state: dict[str, Any], with_members: bool, with_rejected: bool) -> None:
    out = console()
    out.print(line(state["warehouse"]))
    _show_releases(state["releases"])
    _show_members(state, with_members, with_rejected)
    show_zip_files(state["zip_files"])
    if state["disagreements"]:
        undecided = sum(row["values_differing"] for row in state["disagreements"] if row["decision"] is None)
        total = sum(row["values_differing"] for row in state["disagreements"])
        out.print(
            line(f"Members of one kind differ in {counted(total, 'value')}, {undecided} of them without a declared decision.")
        )
    for result in state["check_results"]:
        if result["rows_found"]:
            first = [result["example"]] if result["example"] else []
            said = found_sentence(result["check_name"], result["rows_found"], result["meaning"], first)
            out.print(line(f"{result['severity']}, {said}"))
    _show_references(state["references"])
    if state["missing"]:
        names = ", ".join(entry["label"] for entry in state["missing"])
        out.print(line(f"Not loaded, of the years above and this year: {names}."))
    show_listed(state["listed"])
    if "calendar" in state:
        show_calendar(state["calendar"], state["releases"])
    show_condition(state)


def _show_releases(loaded: list[read.Row]) -> None:
    """A row a release, with the account of its lines."""
    out = console()
    if not loaded:
        out.print(line("No release is loaded; 'pfs refresh' brings them in."))
        return
    out.print(
        table(
            (
                "release",
                "dates of service",
                "standing",
                "published",
                "rvu rows",
                "lines",
                "loaded",
                "matched",
                "rejected",
                "no rows",
                "sha256",
            ),
            [
                (
                    row["release_id"] + (" (sample)" if row["is_sample"] else ""),
                    f"{row['valid_from']} to {row['valid_to']}",
                    _standing(row),
                    row["published_on"],
                    f"{row['rvu_rows'] or 0:,}",
                    f"{row['lines'] or 0:,}",
                    f"{row['rows_loaded'] or 0:,}",
                    f"{row['rows_matched'] or 0:,}",
                    row["rows_rejected"],
                    f"{row['lines_ignored'] or 0:,}",
                    row["archive_sha256"][:12],
                )
                for row in loaded
            ],
            right=("rvu rows", "lines", "loaded", "matched", "rejected", "no rows"),
        )
    )
    out.print(
        line(
            "lines = loaded + matched (rows that confirm a loaded member) + rejected + no rows (titles, headings, notes, blanks)."
        )
    )


def _show_references(loaded: list[read.Row]) -> None:
    """The reference files, and what brings those in that are not there."""
    out = console()
    if loaded:
        headings = ("reference file", "edition", "archive", "lines", "loaded", "rejected", "no rows", "sha256")
        lines = [
            (
                row["reference"] + (" (sample)" if row["is_sample"] else ""),
                row["reference_release_id"],
                row["archive_name"],
                *(f"{row[name] or 0:,}" for name in ("lines", "rows_loaded", "rows_rejected", "lines_ignored")),
                row["archive_sha256"][:12],
            )
            for row in loaded
        ]
        out.print(table(headings, lines, headings[3:7]))
    has = {row["reference"]: row["is_sample"] for row in sorted(loaded, key=lambda row: not row["is_sample"])}
    for name, what in (("rbcs", "what kind of service a code is"), ("utilisation", "which specialties use a code")):
        if name not in has:
            out.print(line(f"CMS's {name} is not loaded, so nothing is said of {what}: 'pfs refresh {name}' brings it in."))
        elif has[name]:
            out.print(line(f"Only the sample's {name} is loaded, for {what}: 'pfs refresh {name}' brings CMS's in."))


def _show_members(state: dict[str, Any], with_members: bool, with_rejected: bool) -> None:
    out = console()
    if with_members and state["members"]:
        headings = (
            "release",
            "kind",
            "member",
            "role",
            "layout",
            *(name.replace("rows_", "").replace("lines_", "") for name in _MEMBER_COLUMNS),
        )
        out.print(
            table(
                headings,
                [
                    (
                        row["release_id"],
                        row["kind"] or row["form"],
                        row["member_name"],
                        row["role"] + (f": {clean(row['reason'])}" if row["reason"] else ""),
                        row["layout"],
                        *(row[name] for name in _MEMBER_COLUMNS),
                    )
                    for row in state["members"]
                ],
                right=headings[5:],
            )
        )
    if with_rejected:
        out.print(
            table(
                ("release", "member", "line", "reason"),
                [(row["release_id"], row["member_name"], row["line_number"], row["reason"]) for row in state["rejected"]],
                right=("line",),
            )
        )
