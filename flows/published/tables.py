"""Tables of published amounts, tab or comma separated, as claims: an amount a row, or a column for each amount.

Reads an open file; writes nothing. Which headings mean what, and which kinds of amounts there are, stands in
flows/catalog/payment_files.toml. A row that says too little becomes a claim with a `problem`. Raises PfsError for a table without
the columns that it needs. What the claims are compared with: warehouse/verify.py.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import chain

import polars as pl

from flows import catalog
from flows.published.batch import FLAT_VISIT, Batch
from flows.published.files import PaymentFile, plain_heading, release_label, settings
from warehouse.errors import PfsError
from warehouse.hand_csv import split_rows

_ROWS = 250_000
# What tables write where there is no amount.
_NO_AMOUNT = ("", "NA", "N/A", "-")


def table_batches(file: PaymentFile, release: str | None, qp_status: str) -> Iterator[Batch]:
    """The rows of a table, some hundred thousand at a time; see flows/published/batch.py for what a claim is."""
    text = io.TextIOWrapper(file.content, encoding="utf-8-sig", errors="replace", newline="")
    heading = text.readline()
    separator = "\t" if "\t" in heading else ","
    found = split_rows(chain([heading], text), file.name, separator)
    _, last, names = next(found)
    places = _places(names, file.name)
    unknown = {} if "amount" in places else _unknown(names, places)
    width = max(*places.values(), *unknown.values()) + 1
    headings, before, continued = 1, 0, last - 1
    while True:
        some = _some(found, width, last)
        numbers, rows, last = some.numbers, some.rows, some.last_line
        frame = pl.DataFrame(
            {column: [row[place] for row in rows] for column, place in places.items()},
            schema=dict.fromkeys(places, pl.String),
        ).select(pl.Series("line_number", numbers, pl.Int32), pl.all().str.strip_chars())
        claims, left_out = _claims(frame, file.names, release, qp_status)
        left_out = left_out | _not_understood(rows, unknown)
        yield Batch(claims, last - before, some.blank, 0, headings, left_out, continued + some.continued)
        headings, before, continued = 0, last, 0
        if len(rows) < _ROWS:
            break
    text.detach()


@dataclass
class _Rows:
    """Some rows with their line numbers, the blank lines between them, and the further lines of rows that fill several."""

    last_line: int
    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    blank: int = 0
    continued: int = 0


def _some(found: Iterator[tuple[int, int, list[str]]], width: int, last_line: int) -> _Rows:
    """The next rows after a line, short ones filled up."""
    some = _Rows(last_line)
    for first, last, cells in found:
        some.last_line = last
        some.continued += last - first
        if not any(cells) or not any(cell.strip() for cell in cells):
            some.blank += 1
            continue
        some.numbers.append(first)
        some.rows.append(cells if len(cells) >= width else cells + [""] * (width - len(cells)))
        if len(some.rows) == _ROWS:
            break
    return some


def _places(names: list[str], file: str) -> dict[str, int]:
    """Which cell holds which column or measure, by the headings that flows/catalog/payment_files.toml accepts."""
    found = [plain_heading(name) for name in names]
    known = {**settings()["table"], **settings()["measure"], **settings()["bare"]}
    places = {
        column: next(found.index(plain_heading(name)) for name in accepted if plain_heading(name) in found)
        for column, accepted in known.items()
        if {plain_heading(name) for name in accepted} & set(found)
    }
    missing = [name for name in ("hcpcs_code",) if name not in places]
    if not {"amount", *settings()["measure"], *settings()["bare"]} & places.keys():
        missing.append("amount")
    if missing:
        wanted = " and ".join(" or ".join(known[name]) for name in missing)
        raise PfsError(f"{file} has no column {wanted}; found: {', '.join(name.strip() for name in names)}.")
    return places


def _unknown(names: list[str], places: dict[str, int]) -> dict[str, int]:
    """Headings that mean nothing here and speak of dollars, with their cell."""
    words, used = re.compile(settings()["unknown"]["heading"]), set(places.values())
    return {name.strip(): i for i, name in enumerate(names) if i not in used and words.search(plain_heading(name))}


def _not_understood(rows: list[list[str]], unknown: dict[str, int]) -> dict[str, int]:
    """How many amounts stand under each heading that means nothing here, by a reason that names it."""
    is_amount = re.compile(settings()["unknown"]["amount"]).fullmatch
    counted = {name: sum(1 for row in rows if is_amount(row[place].strip())) for name, place in unknown.items()}
    return {f"under the heading {name}, which is not known here": count for name, count in counted.items() if count}


# --- claims ----------------------------------------------------------------------------------------------------------------


def _claims(
    frame: pl.DataFrame, names: tuple[str, ...], release: str | None, qp_status: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows of a table as claims; what a row lacks is said in its `problem`."""
    # Columns that the table does not have are empty, so that every expression holds for any table.
    given = frame.with_columns(
        pl.lit("").alias(name) for name in settings()["table"] if name not in frame.columns and name != "amount"
    )
    is_long = "amount" in frame.columns
    given = given.with_columns(_iso(name).alias(name) for name in ("dos_from", "dos_to"))
    given = given.with_columns(
        *_place(), *_wanted(given, names, release, is_long), _status(given, qp_status), *(_kind() if is_long else _no_kind(given))
    )
    amounts, left_out = (_amount(given), {}) if is_long else _amounts(given)
    problem = (
        pl.when((pl.col("mac") == "") != (pl.col("locality") == ""))
        .then(pl.lit("the row has only one of contractor (mac) and locality, which belong together"))
        .otherwise(pl.coalesce("kind_problem", "when_problem"))
    )
    # Without a place the amount is national: every index 1.
    is_place = (pl.col("mac") != "") & ~pl.col("is_national")
    given = given.with_columns(problem.alias("problem"))
    claims = given.select(
        "line_number",
        "wanted",
        "claimed_status",
        pl.when(is_place).then(pl.col("mac").str.zfill(5)).otherwise(pl.lit("")).alias("mac"),
        pl.when(is_place).then(pl.col("locality").str.zfill(2)).otherwise(pl.lit("")).alias("locality"),
        *[
            pl.when("is_code").then(pl.col(name).str.to_uppercase()).otherwise(pl.lit("")).alias(name)
            for name in ("hcpcs_code", "modifier")
        ],
        pl.col("use").is_in(settings()["use"]["wrong"]).alias("is_wrong"),
        "problem",
        pl.col("reproduced").replace_strict(settings()["tolerance"], default=None, return_dtype=pl.String).alias("tolerance"),
        *[pl.when(pl.col("problem").is_null()).then(amount).alias(name) for name, amount in amounts.items()],
    )
    return claims.rename({"claimed_status": "qp_status"}), left_out


def _plain(name: str) -> pl.Expr:
    """A cell as it is compared with words of the catalogue; see `plain_heading`."""
    return pl.col(name).str.to_lowercase().str.replace_all(r"[^a-z0-9]", "")


def _number(text: pl.Expr) -> pl.Expr:
    """An amount without dollar sign, thousands separators and blanks; null for none."""
    return pl.when(~text.str.to_uppercase().is_in(_NO_AMOUNT)).then(text.str.replace_all(r"[$,\s]", ""))


def _place() -> list[pl.Expr]:
    """Contractor and locality, also from seven digits in one cell, in which zeros stand for the nation."""
    both = pl.when(pl.col("mac_locality") != "").then(pl.col("mac_locality")).otherwise(pl.col("locality"))
    is_both = (pl.col("mac") == "") & both.str.contains(r"^\d{6,7}$")
    full = both.str.zfill(7)
    parts = {"mac": full.str.slice(0, 5), "locality": full.str.slice(5)}
    return [
        pl.when(is_both & (full == "0000000")).then(pl.lit("")).when(is_both).then(part).otherwise(pl.col(name)).alias(name)
        for name, part in parts.items()
    ]


def _iso(name: str) -> pl.Expr:
    """A date of service as YYYY-MM-DD, also where it is written as in the United States, 7/1/2025; anything else as it is."""
    padded = pl.col(name).str.replace(r"^(\d)/", "0${1}/").str.replace(r"^(\d\d)/(\d)/", "${1}/0${2}/")
    return padded.str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", "${3}-${1}-${2}")


def _wanted(given: pl.DataFrame, names: tuple[str, ...], release: str | None, is_long: bool) -> list[pl.Expr]:
    """The release or the dates of service of a row, or why it has none."""
    years = [] if is_long else [year for year in given["year"].unique() if re.fullmatch(r"(19|20)\d\d", year)]
    labels = {year: release_label(names, int(year)) for year in years}
    first = pl.col("dos_from")
    last = pl.when(pl.col("dos_to") != "").then(pl.col("dos_to")).otherwise(first)
    is_date = pl.all_horizontal(
        day.str.contains(r"^\d{4}-\d\d-\d\d$") & day.str.to_date("%Y-%m-%d", strict=False).is_not_null() for day in (first, last)
    )
    by_year = pl.col("year").replace_strict(labels, default=None, return_dtype=pl.String)
    is_named, is_dated = pl.col("release") != "", first != ""
    otherwise = by_year if release is None else pl.lit(release)
    wanted = (
        pl.when(is_named)
        .then(pl.col("release").str.to_uppercase())
        .when(is_dated)
        .then(pl.when(is_date).then(first + "/" + last))
        .otherwise(otherwise)
    )
    problem = (
        pl.when(~is_named & is_dated & ~is_date)
        .then(pl.lit("a date of service is no day, written as YYYY-MM-DD or MM/DD/YYYY"))
        .when(~is_named & ~is_dated & otherwise.is_null())
        .then(pl.lit("the row names neither a release nor a date of service"))
    )
    return [wanted.alias("wanted"), problem.alias("when_problem")]


# --- whom the amounts are for ------------------------------------------------------------------------------------------------


def _status(given: pl.DataFrame, qp_status: str) -> pl.Expr:
    """The kind of participant: what the row says, else whose conversion factor it names, else what the file is for."""
    factors = [text for text in given["factor"].unique() if re.fullmatch(r"\d{2}\.\d{1,4}", text)]
    of_qp = {text: "qp" for text in factors if Decimal(text) in _factors_of_qp()}
    by_factor = pl.col("factor").replace_strict(of_qp, default=qp_status, return_dtype=pl.String)
    return pl.when(pl.col("qp_status") != "").then(pl.col("qp_status")).otherwise(by_factor).alias("claimed_status")


@cache
def _factors_of_qp() -> frozenset[Decimal]:
    """The conversion factors that hold for qualifying participants only."""
    rows = catalog.rows("conversion_factors.csv")
    factors = {
        status: {Decimal(row["conversion_factor"]) for row in rows if row["qp_status"] == status} for status in ("qp", "non_qp")
    }
    return frozenset(factors["qp"] - factors["non_qp"])


# --- amounts ---------------------------------------------------------------------------------------------------------------


def _setting() -> pl.Expr:
    """The setting that a row says; null for none that is known."""
    words = {plain_heading(word): setting for setting, known in settings()["setting"].items() for word in known}
    return _plain("setting").replace_strict(words, default=None, return_dtype=pl.String)


def _kind() -> list[pl.Expr]:
    """Which measure an amount is, by its kind and setting, what it is for, and why it is none."""
    kinds = {plain_heading(name): kind for name, kind in settings()["kind"].items()}
    kind = pl.when(pl.col("kind") == "").then(pl.lit("feeschedule")).otherwise(_plain("kind"))
    setting = _setting()
    is_known, has_setting = kind.is_in(list(kinds)), kind.is_in([name for name in kinds if "{}" in kinds[name]["measure"]])
    measures = {name: kinds[name]["measure"] for name in kinds if "{}" not in kinds[name]["measure"]}
    measures |= {
        f"{name}/{each}": kinds[name]["measure"].format(each)
        for name in kinds
        if name not in measures
        for each in settings()["setting"]
    }
    key = pl.when(has_setting).then(kind + "/" + setting).otherwise(kind)
    problem = (
        pl.when(~is_known)
        .then(pl.format("amounts of kind {} are not compared", "kind"))
        .when(has_setting & setting.is_null())
        .then(pl.lit("the row does not say which setting, facility or nonfacility"))
    )
    return [
        key.replace_strict(measures, default=None, return_dtype=pl.String).alias("measure"),
        problem.alias("kind_problem"),
        kind.is_in([name for name in kinds if kinds[name].get("is_national")]).alias("is_national"),
        (~kind.is_in([name for name in kinds if not kinds[name].get("is_code", True)])).alias("is_code"),
    ]


def _no_kind(given: pl.DataFrame) -> list[pl.Expr]:
    """The same for a table with a column for each amount; the setting matters to headings that name none."""
    is_bare = any(name in given.columns for name in settings()["bare"])
    is_strange = pl.lit(is_bare) & (pl.col("setting") != "") & _setting().is_null()
    return [
        pl.when(is_strange).then(pl.format("the setting {} is not known", "setting")).alias("kind_problem"),
        pl.lit(False).alias("is_national"),
        pl.lit(True).alias("is_code"),
    ]


def _amount(given: pl.DataFrame) -> dict[str, pl.Expr]:
    """The one amount of each row, under its measure."""
    measures = sorted(given["measure"].drop_nulls().unique())
    return {measure: pl.when(pl.col("measure") == measure).then(_number(pl.col("amount"))) for measure in measures}


def _amounts(given: pl.DataFrame) -> tuple[dict[str, pl.Expr], dict[str, int]]:
    """The amounts of a table with a column for each; zeros in the columns of caps and reduced amounts are none."""
    found = {name: _number(pl.col(name)) for name in settings()["measure"] if name in given.columns} | _bare(given)
    left_out: dict[str, int] = {}
    for name in found:
        is_printed = found[name].str.strip_chars("0.") != ""
        if name == "nonfacility_therapy":
            is_visit = is_printed & ~pl.col("multiple_procedure_indicator").is_in(["", "5"])
            visits = int(given.select(is_visit.sum()).item() or 0)
            left_out = {FLAT_VISIT: visits} if visits else {}
            is_printed = is_printed & ~is_visit
        if name.startswith("opps_"):
            is_printed = is_printed & pl.col("opps_indicator").is_in(["", "1"])
        if name.startswith("opps_") or name.endswith("_therapy"):
            found[name] = pl.when(is_printed).then(found[name])
    return found, left_out


def _bare(given: pl.DataFrame) -> dict[str, pl.Expr]:
    """The amounts under headings that name no setting, in that of their row; a column that names its setting goes before them."""
    setting = pl.coalesce(_setting(), pl.lit("nonfacility"))
    return {
        name.format(each): pl.when(setting == each).then(_number(pl.col(name)))
        for name in settings()["bare"]
        for each in settings()["setting"]
        if name in given.columns and name.format(each) not in given.columns
    }
