"""A loaded row can be followed back: by hash to the archive, by name to the member, by number to the line it was read from.

200 rows of each release drawn at random (the same ones each time), and every row of the small tables, are looked up in the raw
archive by code of this folder alone.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from flows.outcome import Result
from tests.releases.raw import RELEASES, cells, is_csv, lines, members, numbers, rvu_fields, says
from warehouse.home import Home

DRAWN = 200
Row = dict[str, Any]


@pytest.fixture(scope="module")
def raw(first_refresh: tuple[Home, Result]) -> Path:
    return first_refresh[0].raw


def rows(con: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[Row]:
    found = con.execute(query, list(values))
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def member(con: duckdb.DuckDBPyConnection, raw: Path, release: str, kind: str) -> tuple[str, list[str]]:
    """Name and lines of the member that a kind of a release was loaded from, found by the hash of the archive."""
    ((sha256, name),) = con.execute(
        "select archive_sha256, member_name from release join release_file using (release_id) where release_id = ? and kind = ?",
        [release, kind],
    ).fetchall()
    return name, lines(members(raw, sha256)[name])


def drawn(con: duckdb.DuckDBPyConnection, table: str, release: str) -> list[Row]:
    """Rows of a large table, each with the number of its line."""
    ((highest,),) = con.execute(f"select max(line_number) from {table} where release_id = ?", [release]).fetchall()
    picked = sorted(Random(f"{table} {release}").sample(range(20, highest), DRAWN))
    listed = ", ".join(str(number) for number in picked)
    found = rows(con, f"select * from {table} where release_id = ? and line_number in ({listed})", release)
    assert len(found) >= DRAWN - 1, "a line drawn holds no row"  # RVU09A repeats one line
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_every_field_of_a_drawn_rvu_row_stands_in_its_line(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Code, modifier, status, RVUs, flags and indicators; the factor of the line is that of the release."""
    name, text = member(whole, raw, release, "rvu")
    ((factor,),) = whole.execute(
        "select conversion_factor from conversion_factor where release_id = ? and qp_status = 'non_qp'", [release]
    ).fetchall()
    checked = 0
    for row in drawn(whole, "rvu", release):
        fields = rvu_fields(name, text[row["line_number"] - 1])
        assert Decimal(fields.pop("conversion_factor")) == factor
        for column, field in fields.items():
            assert says(field, row[column]), f"{name} line {row['line_number']} {column}: {field!r} was loaded as {row[column]!r}"
            checked += 1
        unread = set(row) - set(fields) - {"release_id", "line_number", "pricing_indicator"}
        assert all(column.startswith("full_") and row[column] is None for column in unread), unread
    assert checked >= (DRAWN - 1) * 29


@pytest.mark.parametrize("release", [release for release in RELEASES if release not in ("RVU24AR", "RVU26B")])
def test_the_csv_member_says_the_same_of_a_drawn_row(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """The rows come from the text member. The csv member agrees on every field, zeros apart that RVU17A lost at the front."""
    ((sha256, name),) = whole.execute(
        "select archive_sha256, member_name from release join archive_member using (release_id) "
        "where release_id = ? and kind = 'rvu' and role = 'cross_checked'",
        [release],
    ).fetchall()
    sample = drawn(whole, "rvu", release)
    codes = {row["hcpcs_code"] for row in sample}
    found = [rvu_fields(name, line) for line in lines(members(raw, sha256)[name]) if line.split(",")[0].zfill(5) in codes]
    by_key = {(fields["hcpcs_code"].zfill(5), fields["modifier"]): fields for fields in found}
    zeros_lost = 0
    for row in sample:
        for column, field in by_key[row["hcpcs_code"], row["modifier"]].items():
            if column == "conversion_factor" or says(field, row[column]):
                continue
            assert (release, field.zfill(len(row[column]))) == ("RVU17A", row[column]), f"{name} {row['hcpcs_code']} {column}"
            zeros_lost += 1
    assert (zeros_lost > DRAWN) == (release == "RVU17A")


@pytest.mark.parametrize("release", [release for release in RELEASES if release != "RVU26B"])
def test_every_field_of_a_drawn_cap_stands_in_its_line(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Code, modifier, status, contractor, locality and both amounts (CMS has always printed the same for both settings)."""
    name, text = member(whole, raw, release, "opps_cap")
    for row in drawn(whole, "opps_cap", release):
        line = text[row["line_number"] - 1]
        if is_csv(name):
            *key, facility, nonfacility = cells(line)
        else:
            key = [line[0:5], line[5:7].strip(), line[8], line[10:15], line[17:19]]
            nonfacility, facility = line[19:].split()
        assert key == [row[column] for column in ("hcpcs_code", "modifier", "status_code", "mac", "locality")]
        assert (Decimal(nonfacility), Decimal(facility)) == (row["nonfacility_amount"], row["facility_amount"])


@pytest.mark.parametrize("release", RELEASES)
def test_every_gpci_row_stands_in_its_line(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Contractor and locality (2022 lost their zeros), the name, and the indices from left to right; 2026 prints two of work."""
    name, text = member(whole, raw, release, "gpci")
    for row in rows(whole, "select * from gpci where release_id = ?", release):
        line = text[row["line_number"] - 1]
        found = numbers(line, name)
        indices = [row["work_gpci_unfloored"], row["work_gpci"], row["pe_gpci"], row["mp_gpci"]]
        assert found == [Decimal(row["mac"]), Decimal(row["locality"]), *[index for index in indices if index is not None]]
        assert row["locality_name"] in line
        assert (row["state"] in cells(line)) if row["state"] else int(release[3:5]) < 21
    assert (row["work_gpci_unfloored"] is not None) == (release == "RVU26B")


@pytest.mark.parametrize("release", RELEASES)
def test_every_anesthesia_factor_stands_in_its_line(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """2015 prints 2137 for 21.37; 2026 prints the factor for qualifying participants first, then the other."""
    name, text = member(whole, raw, release, "anesthesia")
    for row in rows(whole, "select * from anesthesia_cf where release_id = ?", release):
        found = numbers(text[row["line_number"] - 1], name)
        assert found[:2] == [Decimal(row["mac"]), Decimal(row["locality"])]
        factors = [number / 100 if release == "RVU15A" else number for number in found[2:]]
        assert len(factors) == (2 if release == "RVU26B" else 1)
        assert row["conversion_factor"] == factors[0 if row["qp_status"] == "qp" else -1]


@pytest.mark.parametrize("release", [release for release in RELEASES if release != "RVU24AR"])
def test_every_county_row_stands_in_its_line(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Contractor, locality, area and counties as printed, but for the corrections that are declared and listed."""
    _, text = member(whole, raw, release, "locality_county")
    corrected = {
        (row["line_number"], row["column_name"]): row["found_value"]
        for row in rows(whole, "select * from correction_applied where release_id = ?", release)
    }
    state = ""
    for row in rows(whole, "select * from locality_county where release_id = ? order by line_number", release):
        mac, locality, printed_state, area, counties = cells(text[row["line_number"] - 1])[:5]
        state = printed_state or state  # the state stands on its first row only
        printed = {column: corrected.get((row["line_number"], column), row[column]) for column in ("locality", "county_names")}
        assert (int(mac), int(locality)) == (int(row["mac"]), int(printed["locality"]))
        assert (area.rstrip("* "), counties) == (row["fee_schedule_area"], printed["county_names"])
        assert state.rstrip("* ") == row["state_name"]
