"""CMS's real classification of codes and real rows of its procedure summary: whole, in every layout, by the rule.

The rows are those of 17 codes and eight years from before CMS hid counts below eleven, so that the estimate for hidden counts can
be held against the truth; docs/SPECIALTIES.md states the figures that are asserted here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows import catalog
from tests.reference_files import (
    HEADING_2010,
    HEADING_2020,
    HEADING_REGION,
    RBCS_12,
    RBCS_13,
    read_psps,
    read_rbcs,
    reduced,
    row,
    write,
)
from tests.slow import slow
from tests.warehouse import answer, broken_rows, insert, release, rvu, settled, tiny_warehouse
from warehouse.load import load_release

pytestmark = slow

DOCS = Path(__file__).resolve().parents[2] / "docs" / "SPECIALTIES.md"
SPECIALTIES = {row["specialty_code"]: row for row in catalog.rows("specialties.csv")}
RULE = {row["rule_setting"]: float(row["rule_value"]) for row in catalog.rows("specialty_rule.csv")}
NAMED = ("physician", "other_practitioner", "dental")


@pytest.fixture(scope="module")
def classified(shared: Path) -> duckdb.DuckDBPyConnection:
    con = settled(tiny_warehouse())
    load_release(con, read_rbcs(shared / "classification" / "RBCS_RY_2025.csv"))
    return con


@pytest.fixture(scope="module")
def real(shared: Path) -> pl.DataFrame:
    """Rows of the procedure summary with the counts that CMS hides today."""
    frame = pl.read_parquet(shared / "utilisation" / "psps_pad_rows_2011_2018.parquet")
    frame.columns = ["year", "code", "specialty", "place", "services"]
    return frame.with_columns(
        pl.col("specialty").replace_strict({code: row["specialty_class"] for code, row in SPECIALTIES.items()}).alias("group"),
        pl.col("specialty")
        .replace_strict({code: row["parent_code"] or code for code, row in SPECIALTIES.items()})
        .alias("parent"),
        (pl.col("services") < RULE["suppress_below"]).alias("is_hidden"),
    )


def written(path: Path, rows: pl.DataFrame, heading: str = HEADING_2020, hidden: str | None = "*") -> Path:
    """Real rows in the layout of an era; `hidden` stands for counts below eleven, None shows them."""
    lines = [
        row(code, specialty, f"{services:g}" if hidden is None or not is_hidden else hidden, heading=heading)
        for code, specialty, services, is_hidden in rows.select("code", "specialty", "services", "is_hidden").rows()
    ]
    return write(path, [heading, *lines])


# --- the classification --------------------------------------------------------------------------------------------------


def test_the_classification_loads_whole(classified: duckdb.DuckDBPyConnection) -> None:
    counted = "select count(*), count(distinct hcpcs_code), count(*) filter (where is_latest_assignment) from code_class"
    assert answer(classified, counted) == [(18882, 16618, 16618)]
    assert broken_rows(classified, "class_latest_unique") == []
    assert broken_rows(classified, "reference_lines_accounted") == []
    skin = "select category, subcategory, cast(added_on as varchar), ended_on, reference_release_id from code_class"
    assert answer(classified, f"{skin} where hcpcs_code = '17340'") == [("Procedure", "Skin", "1985-01-01", None, "RBCS2025")]


@pytest.mark.parametrize("heading", [RBCS_12, RBCS_13], ids=["12", "13"])
def test_the_real_rows_in_the_layouts_of_earlier_years_load_to_the_same_table(
    classified: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path, heading: str
) -> None:
    """Each assignment with the day since which it held: that after the one before. 92 codes that have two until the same day,
    which those layouts cannot tell apart, are left out."""
    columns = "hcpcs_code, assignment_number, is_latest_assignment, rbcs_id, category_code, category, subcategory_code, "
    columns += "subcategory, family_number, family, major_indicator, added_on, ended_on, assigned_to"
    told_apart = "hcpcs_code not in (select hcpcs_code from code_class group by hcpcs_code, assigned_to having count(*) > 1)"
    expected = answer(classified, f"select {columns} from code_class where {told_apart} order by hcpcs_code, assignment_number")
    assert len(expected) == 18_692
    lines = in_eras_layout(shared / "classification" / "RBCS_RY_2025.csv", {code for code, *_ in expected}, heading.count(","))
    frame = read_rbcs(write(tmp_path / "RBCS_RY_2022.csv", [heading, *lines])).frames["rbcs_assignment"]
    assert frame.select(columns.split(", ")).rows() == expected


def in_eras_layout(path: Path, codes: set[str], commas: int) -> list[str]:
    """The rows of these codes as lines of a layout that gives the beginning of an assignment and, if it has room, the end."""
    with path.open(encoding="utf-8") as file:
        rows = sorted((line for line in csv.reader(file) if line[0] in codes), key=lambda line: (line[0], line[12]))
    lines, before = [], ["", *[""] * 16]
    for found in rows:
        begins = found[13]
        if before[0] == found[0]:
            begins = (datetime.strptime(before[14], "%m/%d/%Y") + timedelta(days=1)).strftime("%m/%d/%Y")  # noqa: DTZ007
        cells = [*found[:11], begins, found[14]][: commas + 1]
        lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in cells))
        before = found
    return lines


def test_every_priced_code_of_a_release_is_classified_or_listed(
    classified: duckdb.DuckDBPyConnection, whole: duckdb.DuckDBPyConnection
) -> None:
    codes = answer(whole, "select distinct hcpcs_code from pricing_rvu where release_id = 'RVU26B' and is_priced")
    con = classified
    insert(con, "release", [release("RVU26B", "2026-04-01")])
    insert(con, "rvu", [rvu("", work="1", release_id="RVU26B")])
    con.execute("insert into rvu select rvu.* replace (unnest(?) as hcpcs_code) from rvu", [[code for (code,) in codes]])
    con.execute("delete from rvu where hcpcs_code = ''")
    without = {code for (code,) in answer(con, "select hcpcs_code from unclassified_code")}
    latest = {code for (code,) in answer(con, "select hcpcs_code from code_class where is_latest_assignment")}
    assert {code for (code,) in codes} - latest == without
    assert (len(codes), len(without)) == (7857, 259)


# --- the procedure summary -----------------------------------------------------------------------------------------------


def test_real_rows_in_every_layout_load_to_the_same_table(real: pl.DataFrame, tmp_path: Path) -> None:
    rows = real.filter((pl.col("year") == 2018) & (pl.col("code") == "37221"))
    expected = (
        rows.group_by("code", "specialty")
        .agg(
            pl.col("services").filter(~pl.col("is_hidden")).sum(),
            (~pl.col("is_hidden")).sum().alias("visible"),
            pl.col("is_hidden").sum().alias("hidden"),
        )
        .sort("specialty")
        .rows()
    )
    for number, (heading, hidden) in enumerate(
        [(HEADING_2010, ""), (HEADING_2020, "*"), (HEADING_REGION, None), (HEADING_2020, "")]
    ):
        content = read_psps(written(tmp_path / f"{number}_2018.csv", rows, heading, hidden))
        found = reduced(content, "hcpcs_code", "specialty_code", "visible_services", "visible_rows", "hidden_rows")
        assert [(code, specialty, float(str(services)), *more) for code, specialty, services, *more in found] == expected
        assert content.frames["reference_file"]["rows_loaded"].to_list() == [rows.height]


def test_the_shares_of_the_real_rows_are_reproduced(real: pl.DataFrame, tmp_path: Path) -> None:
    """Every name and every whole per cent of 17 codes, 2016 to 2018, against the rule computed from the rows themselves."""
    con = settled(tiny_warehouse())
    rows = real.filter(pl.col("year") >= 2016)
    for year in (2016, 2017, 2018):
        load_release(con, read_psps(written(tmp_path / f"PSPS_{year}.csv", rows.filter(pl.col("year") == year))))
    assert broken_rows(con, "reference_lines_accounted") == []
    shares = shared_out(rows, ["code"], RULE["services_per_hidden_row"])
    expected = [
        (code, parent, round(100 * share))
        for code, parent, share in shares.sort(["code", "estimated_share", "parent"], descending=[False, True, False])
        .select("code", "parent", "estimated_share")
        .rows()
        if share >= RULE["naming_share"]
    ]
    found = answer(
        con,
        "select hcpcs_code, specialty_code, share_percent from code_specialty where claim = 'named' order by 1, specialty_rank",
    )
    assert found == expected
    assert len(found) == 37
    assert answer(con, "select distinct services_from_year, services_to_year, pooled_years from code_specialty") == [
        (2016, 2018, 3)
    ]


def shared_out(rows: pl.DataFrame, keys: list[str], hidden_row: float) -> pl.DataFrame:
    """True and estimated shares of each parent specialty among practitioners without advanced practice."""
    by_parent = (
        rows.filter(pl.col("group").is_in(NAMED))
        .group_by(*keys, "parent")
        .agg(
            pl.col("services").sum().alias("true"),
            (pl.col("services").filter(~pl.col("is_hidden")).sum() + hidden_row * pl.col("is_hidden").sum()).alias("estimated"),
        )
    )
    return by_parent.with_columns(
        *[(pl.col(name) / pl.col(name).sum().over(keys)).alias(f"{name}_share") for name in ("true", "estimated")],
        pl.col("true").sum().over(keys).alias("services"),
    ).filter(pl.col("services") >= RULE["fewest_services"])


def names(shares: pl.DataFrame, share: str, keys: list[str]) -> dict[object, list[str]]:
    """Named specialties by code (and year), the most used one first."""
    kept = shares.filter(pl.col(share) >= RULE["naming_share"]).sort([share, "parent"], descending=[True, False])
    grouped = kept.group_by(keys, maintain_order=True).agg(pl.col("parent").head(int(RULE["most_names"])))
    return {found[:-1]: found[-1] for found in grouped.rows()}


def error(real: pl.DataFrame, windows: Iterable[tuple[int, int]], hidden_row: float) -> str:
    """What the estimate gets right and by how much shares are off, over codes and windows of years, as the docs say it."""
    worst: list[float] = []
    right_first = right_names = units = 0
    for first, last in windows:
        shares = shared_out(real.filter(pl.col("year").is_between(first, last)), ["code"], hidden_row)
        off = (pl.col("estimated_share").fill_nan(0) - pl.col("true_share")).abs().max() * 100
        worst += shares.group_by("code").agg(off.alias("off"))["off"].to_list()
        true, estimated = names(shares, "true_share", ["code"]), names(shares, "estimated_share", ["code"])
        units += len(true)
        right_first += sum(estimated.get(code, [""])[0] == found[0] for code, found in true.items())
        right_names += sum(set(estimated.get(code, [])) == set(found) for code, found in true.items())
    median, tenth = pl.Series(worst).median(), pl.Series(worst).quantile(0.9)
    return f"{right_first} of {units} | {right_names} of {units} | {median:.1f} | {tenth:.1f} | {max(worst):.1f}"


YEARS = [(year, year) for year in range(2011, 2019)]
POOLED = [(year - 2, year) for year in range(2013, 2019)]


@pytest.mark.parametrize(
    ("windows", "hidden_row", "figures"),
    [
        (YEARS, 0, "108 of 136 | 99 of 136 | 11.1 | 38.1 | 84.6"),
        (YEARS, 2, "136 of 136 | 132 of 136 | 1.0 | 5.4 | 12.0"),
        (POOLED, 0, "90 of 102 | 79 of 102 | 9.5 | 29.5 | 92.1"),
        (POOLED, 2, "101 of 102 | 101 of 102 | 0.9 | 4.9 | 6.2"),
    ],
)
def test_the_error_of_the_estimate_is_the_one_that_the_docs_state(
    real: pl.DataFrame, windows: list[tuple[int, int]], hidden_row: float, figures: str
) -> None:
    """Counts below eleven hidden as CMS does, and the answer compared with the one from all counts."""
    assert error(real, windows, hidden_row) == figures
    assert figures in DOCS.read_text(encoding="utf-8")


def test_a_hidden_row_has_two_services_and_a_quarter_in_every_year(real: pl.DataFrame) -> None:
    means = real.filter(pl.col("is_hidden")).group_by("year").agg(pl.col("services").mean())
    assert means["services"].is_between(2.2, 2.3).all()
    assert round(real["is_hidden"].mean() * 100) == 92


def test_every_label_and_code_that_was_seen_is_declared(shared: Path) -> None:
    """Labels of the provider files of 2012 to 2023 in all their spellings, and those of a third party's sums of 2023."""
    labels = {row["label"]: row["specialty_code"] for row in catalog.rows("specialty_labels.csv")}
    with (shared / "utilisation" / "rndrng_prvdr_type_labels.csv").open(encoding="utf-8") as file:
        for found in csv.DictReader(file):
            assert labels[found["label_seen_in_puf_2012_2023"].lower()] == found["specialty_code"]
    with (shared / "utilisation" / "openmedicare_code_specialty_share_2023.csv").open(encoding="utf-8") as file:
        assert {found["specialty"].lower() for found in csv.DictReader(file)} <= set(labels)
    with (shared / "utilisation" / "cms_specialty_codes.csv").open(encoding="utf-8") as file:
        assert {found["specialty_code"] for found in csv.DictReader(file)} == set(SPECIALTIES)
