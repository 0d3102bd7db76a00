"""CMS's Physician/Supplier Procedure Summary, read: some 18 million rows, reduced to code, modifier class and specialty.

The csv goes through DuckDB as a stream with the columns that its layout declares, so that it is never in memory as a whole; what
comes out is the reduced frame. CMS leaves a count below eleven out (blank, or `*` from 2021) and keeps the row: such rows are
counted, not guessed. A file that shows such counts is reduced as if CMS had hidden them. Every line is a row that was reduced,
a rejected row, blank, or the heading; lines are counted by themselves to hold the account against.

Raises `ReleaseError` for a specialty that the catalogue does not know or lines that do not add up, and `LayoutError` when too
many rows are rejected.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from flows import catalog
from flows.extract.layouts import Layout
from flows.extract.table_file import TableFile, count_lines
from flows.references.table import Table
from warehouse.counted import counted
from warehouse.errors import LayoutError, ReleaseError, first_line
from warehouse.schema import quoted

# Above these DuckDB would take what the machine has; the reduction itself needs a fraction of it.
_MEMORY = "800MB"
_MOST_REJECTS = 100_000
_SHOWN = 5
_CODE = re.compile(r"[0-9A-Z]{5}")
_CELLS = re.compile(r"Columns: (\d+) Found: (\d+)")
_VALUE = re.compile(r'column "(\w+)".*?string "(.{0,20}?)"')

# The keys stay as they are printed and the class is a number, since eighteen million rows are grouped by them: a function on a
# key is paid for on each row. What remains is some hundred thousand rows, whose keys are put in form by _RESULT.
_REDUCE = """
create temp table reduced as
select
  hcpcs_code as printed_code,
  {class_number} as class_number,
  specialty_code as printed_specialty,
  sum(case when submitted_services >= {bar}
    then submitted_services - case when denied_services >= {bar} then denied_services else 0 end end) as visible_services,
  count(case when submitted_services >= {bar} then 1 end) as visible_rows,
  count(*) as all_rows,
  sum(case when submitted_services >= {bar} then medicare_payment end) as visible_payment
from {rows}
group by all
"""

# Codes and specialties are few: each printed form is put in form once, and found again by a join.
_CODES = """
create temp table code as
select printed_code, {code} as hcpcs_code, regexp_full_match({code}, '[0-9A-Z]{{5}}') as is_code
from (select distinct printed_code from reduced)
"""

_RESULT = """
select
  code.hcpcs_code, modifier_class.modifier_class, known.specialty_code,
  cast(coalesce(sum(visible_services), 0) as decimal(18, 4)) as visible_services,
  cast(sum(visible_rows) as integer) as visible_rows,
  cast(sum(all_rows - visible_rows) as integer) as hidden_rows,
  cast(round(coalesce(sum(visible_payment), 0), 2) as decimal(18, 2)) as visible_payment
from reduced
join code on code.printed_code is not distinct from reduced.printed_code
join specialty on specialty.printed_specialty is not distinct from reduced.printed_specialty
join known on known.printed = specialty.printed
join modifier_class on modifier_class.class_number = reduced.class_number
where code.is_code
group by code.hcpcs_code, modifier_class.modifier_class, known.specialty_code
order by code.hcpcs_code, modifier_class.modifier_class, known.specialty_code
"""

_WITHOUT_CODE = """
select coalesce(sum(all_rows), 0)
from reduced
join code on code.printed_code is not distinct from reduced.printed_code
where not code.is_code
"""


def read_utilisation(file: TableFile, name: str) -> Table:
    """The reduced rows of a file with the account of its lines. See the module for the errors."""
    found = count_lines(file.path)
    with TemporaryDirectory(prefix="pfs-utilisation-") as folder, duckdb.connect() as con:
        con.execute(f"set memory_limit = '{_MEMORY}'")
        con.execute(f"set temp_directory = {quoted(folder)}")
        con.execute("set preserve_insertion_order = false")
        _reduce(con, file)
        rejected = _rejected(con, file.layout)
        _know_specialties(con, name)
        bad_rows = _one(con, _WITHOUT_CODE)
        rows = pl.DataFrame(con.sql(_RESULT))
    if bad_rows:
        rejected = pl.concat([rejected, _without_code(file, rejected, bad_rows)]).sort("line_number")
    reduced = int(rows.select(pl.col("visible_rows").sum() + pl.col("hidden_rows").sum()).item())
    _require_few_rejected(file, rejected, reduced)
    if found.lines != 1 + found.blank + reduced + rejected.height:
        raise ReleaseError(
            f"{file.name}: it has {found.lines:,} lines, of which 1 is the heading and {found.blank:,} are blank; "
            f"{reduced:,} rows were reduced and {rejected.height:,} rejected. A cell with a line break, which CMS's files do not "
            "have, would explain it; fetch the file again."
        )
    return Table("utilisation_count", rows, rejected, found.lines, reduced, None, _notes(rows, rejected))


def _notes(rows: pl.DataFrame, rejected: pl.DataFrame) -> tuple[str, ...]:
    hidden, visible = int(rows["hidden_rows"].sum()), int(rows["visible_rows"].sum())
    said = f"{visible + hidden:,} rows became {rows.height:,}; the counts of {hidden:,} of them are hidden (below eleven)."
    if not rejected.height:
        return (said,)
    return said, f"{counted(rejected.height, 'line was', 'lines were')} kept out; see table reference_rejected_row."


# --- the reduction -------------------------------------------------------------------------------------------------------


def _reduce(con: duckdb.DuckDBPyConnection, file: TableFile) -> None:
    classes = _modifier_classes()
    statement = _REDUCE.format(class_number=_class_number(classes), bar=_setting("suppress_below"), rows=_rows(file))
    try:
        con.execute(statement)
    except duckdb.Error as fault:
        raise ReleaseError(
            f"{file.name} cannot be read as csv: {first_line(fault)}. "
            "Fetch it again; if it opens as a table elsewhere, please report it."
        ) from fault
    con.execute(_CODES.format(code="upper(trim(coalesce(printed_code, '')))"))
    con.execute(
        "create temp table specialty as select printed_specialty, lower(trim(coalesce(printed_specialty, ''))) as printed "
        "from (select distinct printed_specialty from reduced)"
    )
    con.execute("create temp table modifier_class (class_number utinyint, modifier_class varchar)")
    numbered = [(0, "other"), *((number, name) for number, (name, _) in enumerate(classes, start=1))]
    con.execute("insert into modifier_class values " + ", ".join(f"({number}, {quoted(name)})" for number, name in numbered))


def _setting(name: str) -> int:
    return int(next(row["rule_value"] for row in catalog.rows("specialty_rule.csv") if row["rule_setting"] == name))


def _rows(file: TableFile) -> str:
    """The csv as DuckDB reads it: declared columns, numbers typed, a blank and `*` as null, what does not fit set aside."""
    typed = {
        place.column: column.type if (column := catalog.columns()[place.column]).scale else "VARCHAR"
        for place in sorted(file.layout.places, key=lambda place: place.position)
    }
    columns = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in typed.items())
    return (
        f"read_csv({quoted(str(file.path))}, columns = {{{columns}}}, header = false, skip = 1, delim = ',', quote = '\"', "
        "escape = '\"', nullstr = ['', '*'], auto_detect = false, null_padding = false, store_rejects = true, "
        f"rejects_limit = {_MOST_REJECTS})"
    )


def _modifier_classes() -> list[tuple[str, list[str]]]:
    """The declared classes with their modifiers, the lowest rank first."""
    classes: dict[tuple[int, str], list[str]] = {}
    for row in catalog.rows("utilisation_modifiers.csv"):
        classes.setdefault((int(row["class_rank"]), row["modifier_class"]), []).append(row["modifier"])
    return [(name, modifiers) for (_, name), modifiers in sorted(classes.items())]


def _class_number(classes: list[tuple[str, list[str]]]) -> str:
    """The number of the class of a row by its two modifiers: the first class that one of them is of, 0 when none is."""
    whens = ["when first_modifier is null and second_modifier is null then 0::utinyint"]  # most rows, at no cost
    for number, (_, modifiers) in enumerate(classes, start=1):
        listed = ", ".join(quoted(modifier) for modifier in modifiers)
        whens.append(f"when first_modifier in ({listed}) or second_modifier in ({listed}) then {number}::utinyint")
    return f"case {' '.join(whens)} else 0::utinyint end"


def _know_specialties(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Makes the table of what a cell may hold: a code, a code that lost its leading zero, or a label in words."""
    codes = [row["specialty_code"] for row in catalog.rows("specialties.csv")]
    known = {row["label"].lower(): row["specialty_code"] for row in catalog.rows("specialty_labels.csv")}
    known |= {code.lstrip("0"): code for code in codes if code.startswith("0")} | {code.lower(): code for code in codes}
    con.execute("create temp table known (printed varchar, specialty_code varchar)")
    pairs = ", ".join(f"({quoted(printed)}, {quoted(code)})" for printed, code in known.items())
    con.execute(f"insert into known values {pairs}")
    unknown = con.execute(
        "select trim(coalesce(specialty.printed_specialty, '')) as shown, sum(all_rows) as rows_found from reduced "
        "join specialty on specialty.printed_specialty is not distinct from reduced.printed_specialty "
        "where specialty.printed not in (select printed from known) group by shown order by rows_found desc, shown"
    ).fetchall()
    if unknown:
        shown = ", ".join(f"{code[:40]!r} on {rows:,} rows" for code, rows in unknown[:_SHOWN])
        count = counted(len(unknown), "specialty is", "specialties are")
        raise ReleaseError(
            f"{name}: {count} not declared: {shown}. Nothing was loaded. Add a new code with its name, "
            f"class and parent to {catalog.PLACE}/specialties.csv, another spelling of a known one to "
            f"{catalog.PLACE}/specialty_labels.csv."
        )


# --- what was kept out ---------------------------------------------------------------------------------------------------


def _rejected(con: duckdb.DuckDBPyConnection, layout: Layout) -> pl.DataFrame:
    """The lines that did not fit the columns: `line_number`, `text`, `reason`."""
    found = con.execute("select line, csv_line, error_type, error_message from reject_errors order by line").fetchall()
    rows: dict[int, tuple[int, str, str]] = {}
    for line, text, kind, message in found:
        rows.setdefault(int(line), (int(line), str(text).strip("\r\n"), _reason(kind, message, layout)))
    return pl.DataFrame(
        list(rows.values()), schema={"line_number": pl.Int32, "text": pl.String, "reason": pl.String}, orient="row"
    )


def _reason(kind: str, message: str, layout: Layout) -> str:
    if (cells := _CELLS.search(message)) and kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
        return f"{cells[2]} cells were found, {layout.width} were expected"
    if kind == "CAST" and (value := _VALUE.search(message)):
        return f"{value[1]} is {value[2]!r}: a number was expected"
    return f"the line cannot be read as csv: {message.splitlines()[0] if message else kind}"


def _without_code(file: TableFile, rejected: pl.DataFrame, expected: int) -> pl.DataFrame:
    """The lines whose code is none. DuckDB's readers work side by side and number no lines, so the file is read once more."""
    position = next(place.position for place in file.layout.places if place.column == "hcpcs_code")
    known = set(rejected["line_number"])
    found = [
        (number, text, f"hcpcs_code is {code[:10]!r}: text of the form [0-9A-Z]{{5}} was expected")
        for number, text in _numbered(file.path)
        if number > 1 and text and number not in known and not _CODE.fullmatch(code := _cell(text, position).strip().upper())
    ]
    if len(found) != expected:
        raise ReleaseError(
            f"{file.name}: {expected:,} rows without a code were counted and {len(found):,} found. This is a fault of the "
            "reader; please report it."
        )
    return pl.DataFrame(found, schema=rejected.schema, orient="row")


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            yield number, line.rstrip("\r\n")


def _cell(text: str, position: int) -> str:
    try:
        cells = next(csv.reader([text])) if '"' in text else text.split(",")
    except csv.Error:  # a cell that is longer than it takes
        cells = text.split(",")
    return cells[position - 1] if position <= len(cells) else ""


def _require_few_rejected(file: TableFile, rejected: pl.DataFrame, reduced: int) -> None:
    allowed = max(1, int(catalog.kind("utilisation").max_rejected * (reduced + rejected.height)))
    if rejected.height <= allowed:
        return
    examples = "; ".join(
        f"line {line}: {reason}" for line, reason in rejected.select("line_number", "reason").head(_SHOWN).rows()
    )
    raise LayoutError(
        f"{file.name}: {rejected.height:,} rows do not fit the layout {file.layout.name} (at most {allowed:,} may be kept out). "
        f"{examples}. The columns are probably not where {file.layout.map_file} says; compare the file with its layout there."
    )


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
