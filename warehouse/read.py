"""Reading the published warehouse: opened read-only and shut off from everything else, and the questions commands ask.

Reads `pfs.duckdb`; writes nothing. Raises `WarehouseError` when there is no warehouse or it cannot be opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import Any

import duckdb

from warehouse.edition_order import EDITION_PLACE
from warehouse.errors import WarehouseError, first_line
from warehouse.home import Home

Row = dict[str, Any]
_SETTING = Lock()  # what one thread finds unset another one may be setting


def open_published(home: Home) -> duckdb.DuckDBPyConnection:
    """The published warehouse, read-only: no statement can write to it, reach another file, or load an extension."""
    if not home.published.exists():
        raise WarehouseError(
            f"There is no warehouse at {home.published}. Run 'pfs refresh --source sample' to try one, "
            "or 'pfs refresh --source DIRECTORY --all' with CMS's archives; PFS_HOME names another place."
        )
    try:
        con = duckdb.connect(str(home.published), read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(f"{home.published} cannot be opened: {first_line(error)}. {if_damaged(home)}") from error
    with _SETTING:
        _shut_off(con, home)
    try:
        con.execute("select release_id, archive_sha256 from release limit 0")
    except duckdb.Error as error:
        con.close()
        raise no_warehouse(home) from error
    return con


def no_warehouse(home: Home) -> WarehouseError:
    """The error for a file of DuckDB in the place of the warehouse that no refresh made."""
    return WarehouseError(
        f"{home.published} is a DuckDB file without the tables of a warehouse, which no refresh made. Move it away and refresh."
    )


def if_damaged(home: Home) -> str:
    """What to do where the published file is damaged, as the end of a sentence."""
    return (
        "If the file is damaged, run 'pfs rollback'; where nothing is kept, move it away and load what is stored again: "
        f"'pfs refresh --source {home.raw} --all'."
    )


def _shut_off(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Both settings can only be tightened, and connections of one process to one file share them: they may be so already."""
    found = con.execute("select current_setting('enable_external_access'), current_setting('lock_configuration')").fetchone()
    if found == (False, True):
        return
    try:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
    except duckdb.Error as error:
        con.close()
        raise WarehouseError(
            f"{home.published} cannot be shut off from other files: this program opened it before with settings of its own "
            f"({first_line(error)}). Close that connection first."
        ) from error


def rows(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """The rows of a query as mappings from column to value."""
    result = con.execute(query, list(parameters))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def one(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> Row | None:
    """The first row of a query, or None."""
    found = rows(con, query, parameters)
    return found[0] if found else None


# --- releases ----------------------------------------------------------------------------------------------------------

_RELEASE_COLUMNS = """release_id, label, year, quarter, valid_from, valid_to, governs, published_on, supersedes, archive_name,
  archive_sha256, is_sample"""


def loaded_releases(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Every loaded edition in order of its dates of service, with what supersedes it and its rows and lines."""
    return rows(
        con,
        f"""
        with counted as (
          select release_id, sum(lines) as lines, sum(rows_loaded) as rows_loaded, sum(rows_matched) as rows_matched,
            sum(rows_rejected) as rows_rejected, sum(lines_ignored) as lines_ignored
          from archive_member group by release_id
        ),
        coded as (select release_id, count(*) as rvu_rows from rvu group by release_id),
        edition_place as ({EDITION_PLACE})
        select {_RELEASE_COLUMNS.replace("label", "release.label", 1)}, source_url, loaded_at, rvu_rows,
          (select string_agg(later.release_id, ', ' order by later.release_id)
            from release later
            join edition_place as later_place on later_place.release_id = later.release_id
            where later.supersedes = release.label
              or (later.label = release.label and later_place.place > edition_place.place)) as superseded_by,
          lines, rows_loaded, rows_matched, rows_rejected, lines_ignored
        from release
        join edition_place using (release_id)
        left join counted using (release_id)
        left join coded using (release_id)
        order by valid_from, published_on, release_id
        """,
    )


def members(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Every member of every loaded archive with the account of its lines."""
    return rows(
        con, "select * exclude (reason), reason from archive_member order by release_id, kind nulls last, role, member_name"
    )


def references(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Every loaded edition of a reference file with the account of its lines; none in a warehouse of before there were any."""
    if not _has(con, "reference_release"):
        return []
    return rows(
        con,
        """
        select reference_release_id, reference_release.reference, year, is_sample, archive_name, archive_sha256, source_url,
          loaded_at, layout, lines, rows_loaded, rows_rejected, lines_ignored
        from reference_release
        left join reference_file using (reference_release_id)
        order by reference_release.reference, year, edition
        """,
    )


def code_class(con: duckdb.DuckDBPyConnection, code: str) -> Row | None:
    """What kind of service a code is and since when, by CMS's classification; None where it is not loaded or lacks the code."""
    if not _has(con, "code_class"):
        return None
    return one(
        con,
        "select category, subcategory, family, major_indicator, added_on, ended_on, reference_release_id from code_class "
        "where hcpcs_code = ? and is_latest_assignment",
        [code],
    )


def specialties(con: duckdb.DuckDBPyConnection, code: str) -> Row | None:
    """What may be said of who uses a code in Medicare; None where no utilisation of it is loaded."""
    if not _has(con, "code_specialty_sentence"):
        return None
    return one(con, "select specialty_sentence, specialties from code_specialty_sentence where hcpcs_code = ?", [code])


def _has(con: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether the warehouse has a table or view: one that was published before there was such a one is read all the same."""
    return one(con, "select 1 from information_schema.tables where table_name = ?", [relation]) is not None


def rejected(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Every rejected row with its place and reason, without its text, which may hold a descriptor."""
    return rows(
        con,
        """
        select release_id, kind, member_name, line_number, reason
        from rejected_row order by release_id, member_name, line_number
        """,
    )


def governing_release(con: duckdb.DuckDBPyConnection, on: date) -> Row | None:
    """The loaded release that governs a date of service (macro release_on); None when none of the loaded ones does."""
    return one(con, f"select {_RELEASE_COLUMNS} from release where release_id in (select release_id from release_on(?))", [on])


def caution(con: duckdb.DuckDBPyConnection, release: Row, on: date | None, known_on: date | None = None) -> str | None:
    """What a reader of an answer must know: a newer release of CMS for the day is not loaded, or this is the sample."""
    if release["is_sample"]:
        return "This warehouse holds the embedded sample: a selection of about 280 codes only."
    if not release["governs"]:
        return f"{release['release_id']} never governed a day."
    found = one(con, "select release_reason_on(?, ?) as reason", [on or release["valid_from"], known_on])
    return str(found["reason"]) if found and found["reason"] else None


def pick_release(con: duckdb.DuckDBPyConnection, on: date | None, release_id: str | None, today: date) -> Row:
    """The release to answer from: the named one, the one that governs `on`, or the newest that governed a day by today.

    Raises WarehouseError when the named one is not loaded or none of the loaded ones governs the day.
    """
    if release_id:
        found = one(con, f"select {_RELEASE_COLUMNS} from release where upper(release_id) = upper(?)", [release_id])
        if found is None:
            raise WarehouseError(not_loaded(con, release_id))
        return found
    if on is not None:
        if (found := governing_release(con, on)) is None:
            raise WarehouseError(_nothing_governs(con, on))
        return found
    newest = one(con, "select max(valid_to) as day from release where governs and valid_from <= ?", [today])
    if newest is None or newest["day"] is None or (found := governing_release(con, min(newest["day"], today))) is None:
        raise WarehouseError("The warehouse holds no release that governs a day. Load one with 'pfs refresh'.")
    return found


def _nothing_governs(con: duckdb.DuckDBPyConnection, on: date) -> str:
    reason = one(con, "select release_reason_on(?) as reason", [on])
    said = f" {reason['reason'].rstrip('.')}." if reason and reason["reason"] else ""
    return f"No loaded release governs {on}.{said} {loaded_are(con)}"


def not_loaded(con: duckdb.DuckDBPyConnection, release_id: str) -> str:
    """What is said to somebody who names a release that is not loaded."""
    return f"Release {release_id} is not loaded. {loaded_are(con)} 'pfs refresh' loads more."


def loaded_are(con: duckdb.DuckDBPyConnection) -> str:
    """The loaded releases in a sentence; a warehouse may hold none, but ZIP code or reference files."""
    found = rows(con, "select release_id from release order by valid_from, release_id")
    return f"Loaded are: {', '.join(row['release_id'] for row in found) or 'none'}."


# --- codes and prices ----------------------------------------------------------------------------------------------------


def rvu_rows(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> list[Row]:
    """The rows of a code in a release, one a modifier, the global service first."""
    return rows(con, "select * from rvu where release_id = ? and hcpcs_code = ? order by modifier", [release_id, code])


def rvu_member(con: duckdb.DuckDBPyConnection, release_id: str) -> str:
    """Name of the member that the RVUs of a release were read from."""
    found = one(
        con, "select member_name from release_file where release_id = ? and kind = 'rvu' and qp_status = 'non_qp'", [release_id]
    )
    return str(found["member_name"]) if found else "the RVU member"


def descriptor(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> str | None:
    """CMS's short description of a HCPCS Level II code; None for CPT and dental codes, whose descriptions are not held."""
    found = one(
        con, "select description from public_descriptor where release_id = ? and hcpcs_code = ? limit 1", [release_id, code]
    )
    return found["description"] if found else None


def releases_with(con: duckdb.DuckDBPyConnection, code: str) -> list[Row]:
    """The loaded editions that list a code with any modifier, in the order of their days, and whether each governs."""
    return rows(
        con,
        """
        select release_id, governs from release
        where exists (select 1 from rvu where rvu.release_id = release.release_id and rvu.hcpcs_code = ?)
        order by valid_from, published_on, release_id
        """,
        [code],
    )


def rejected_code(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> str:
    """A sentence when a row of this code was kept out of a release; nothing when none was."""
    found = one(
        con,
        """
        select member_name, line_number, reason from rejected_row
        where release_id = ? and kind = 'rvu' and starts_with(text, ?) order by line_number limit 1
        """,
        [release_id, code],
    )
    if found is None:
        return ""
    return f" Its row was kept out: line {found['line_number']} of {found['member_name']}: {found['reason']}."


def no_such_row(release_id: str, code: str, modifier: str, known: list[str]) -> str:
    """What is said where a release lacks a code, or has it without this modifier; `known` are the modifiers that it has."""
    if not known:
        return f"{release_id} has no code {code}. 'pfs code {code} --release RELEASE' looks into another release."
    names = ", ".join(name or "none" for name in known)
    return f"{release_id} has {code}, but not with modifier {modifier or '(none)'}; it has: {names}."


def unpriced_reason(con: duckdb.DuckDBPyConnection, release_id: str, code: str, modifier: str) -> str | None:
    """Why a row has no price in a release; None when it has one or is not there."""
    found = one(
        con,
        "select reason from unpriced where release_id = ? and hcpcs_code = ? and modifier = ?",
        [release_id, code, modifier],
    )
    return found["reason"] if found else None


def national_rows(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> list[Row]:
    """The national amounts of a code in a release, by modifier and qp_status."""
    return rows(
        con,
        "select * from national_payment where release_id = ? and hcpcs_code = ? order by modifier, qp_status",
        [release_id, code],
    )


def payment_row(
    con: duckdb.DuckDBPyConnection, release_id: str, qp_status: str, place: tuple[str, str], code: str, modifier: str
) -> Row | None:
    """The amounts of a code at a place, given as (mac, locality)."""
    return one(
        con,
        """
        select * from payment
        where release_id = ? and qp_status = ? and mac = ? and locality = ? and hcpcs_code = ? and modifier = ?
        """,
        [release_id, qp_status, *place, code, modifier],
    )


def payment_range(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> list[Row]:
    """Lowest and highest amount of a code over all localities of a release, by modifier and qp_status."""
    return rows(
        con,
        """
        select modifier, qp_status, count(*) as localities,
          min(nonfacility_allowed) as nonfacility_lowest, max(nonfacility_allowed) as nonfacility_highest,
          min(facility_allowed) as facility_lowest, max(facility_allowed) as facility_highest
        from payment where release_id = ? and hcpcs_code = ? group by modifier, qp_status order by modifier, qp_status
        """,
        [release_id, code],
    )


def comparison(con: duckdb.DuckDBPyConnection, release_id: str, code: str) -> Row | None:
    """How a code compares, its similar codes, and its history in words, from its page; None where the release lacks the code."""
    if not _has(con, "similar_codes"):
        return None
    # Most ask for the newest release, whose pages are stored; code_page puts any page together, in ten times the time.
    for relation in ("latest_code_page", "code_page") if _has(con, "latest_code_page") else ("code_page",):
        found = one(
            con,
            f"""
            select section, comparison, standings, similar_codes, history_in_words, questions
            from {relation} where release_id = ? and hcpcs_code = ?
            """,
            [release_id, code],
        )
        if found:
            return found
    return None


def history_rows(con: duckdb.DuckDBPyConnection, code: str, modifier: str) -> list[Row]:
    """A code in every loaded release: RVUs, totals, and national amounts where it has a price."""
    return rows(
        con,
        """
        select release.release_id, release.valid_from, release.governs, rvu.status_code, rvu.work_rvu,
          rvu.nonfacility_total_rvu, rvu.facility_total_rvu, national.nonfacility_allowed, national.facility_allowed
        from rvu
        join release using (release_id)
        left join national_payment national
          on national.release_id = rvu.release_id and national.hcpcs_code = rvu.hcpcs_code
          and national.modifier = rvu.modifier and national.qp_status = 'non_qp'
        where rvu.hcpcs_code = ? and rvu.modifier = ?
        order by release.valid_from, release.published_on, release.release_id
        """,
        [code, modifier],
    )


def indicator_words(con: duckdb.DuckDBPyConnection, row: Row) -> dict[str, str]:
    """The meaning in words of each indicator of an rvu row, by column."""
    meanings = {(r["applies_to"], r["value"]): r["meaning"] for r in rows(con, "select * from indicator_value")}
    return {name: meanings[(name, value)] for name, value in row.items() if (name, value) in meanings and value != ""}


def conversion_factor(con: duckdb.DuckDBPyConnection, release_id: str, qp_status: str) -> Row:
    """The conversion factor of a release. Raises WarehouseError when the release has none for this qp_status."""
    found = one(con, "select * from conversion_factor where release_id = ? and qp_status = ?", [release_id, qp_status])
    if found is None:
        raise WarehouseError(
            f"{release_id} has no conversion factor for qualifying participants: there are two factors from 2026 on only, "
            "and the archive must hold the QPP member. Leave out --qp, or load an archive that has it."
        )
    return found
