"""Facts as data: columns, tables, kinds of members, releases, status codes, indicator values, declared decisions.

Reads the csv and toml files beside it and gives them as frozen dataclasses or plain rows. Nothing here knows what is done
with the facts. A file that contradicts itself raises `CatalogError`, which names the file and the entry.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from warehouse.errors import CatalogError

PLACE = "flows/catalog"


@dataclass(frozen=True)
class Column:
    """One column, defined once for the whole project.

    `type` is a DuckDB type; `zero_fill` the width to which digits are filled with leading zeros (None: not filled);
    `pattern` a regular expression that every text value must match as a whole (None: any text); of a BOOLEAN column, the mark
    that CMS prints for true.
    """

    name: str
    type: str
    unit: str
    zero_fill: int | None
    pattern: str | None
    meaning: str

    @property
    def scale(self) -> tuple[int, int] | None:
        """Precision and scale of a DECIMAL column, None for other types."""
        if not self.type.startswith("DECIMAL("):
            return None
        precision, scale = self.type[8:-1].split(",")
        return int(precision), int(scale)

    @property
    def is_operational(self) -> bool:
        """True for columns that depend on when and where a build ran, which a content hash leaves out."""
        return "operational" in self.unit


@dataclass(frozen=True)
class Table:
    """One table: what a row means, its key, its columns in order, and which of them may be null."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    nullable: frozenset[str]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Kind:
    """One kind of data in an archive (kinds.toml)."""

    name: str
    name_hint: str
    csv_key: str
    text_key: str
    row_key: tuple[str, ...]
    max_rejected: float
    required: bool


def folder() -> Traversable:
    """The folder that holds the catalogue's files, also inside an installed wheel."""
    return files("flows") / "catalog"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a csv file of the catalogue, each a mapping from heading to text."""
    text = folder().joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def settings(name: str) -> dict[str, dict[str, Any]]:
    """The content of a toml file of the catalogue."""
    return tomllib.loads(folder().joinpath(name).read_text(encoding="utf-8"))


@cache
def columns() -> dict[str, Column]:
    """Every column of the project by name (columns.csv)."""
    found: dict[str, Column] = {}
    for row in rows("columns.csv"):
        name = row["column"]
        if name in found:
            raise CatalogError(f"{PLACE}/columns.csv defines the column {name!r} twice. Keep one definition.")
        width = int(row["zero_fill"]) if row["zero_fill"] else None
        found[name] = Column(name, row["type"], row["unit"], width, row["pattern"] or None, row["meaning"])
    return found


def column(relation: str, name: str) -> Column:
    """The definition of a column of a table or view.

    A name means the same everywhere, but for the few that columns.csv defines once more as relation.column, since the public
    contract gives them a name that another relation has with another type. Raises KeyError for a column without a definition.
    """
    own = columns().get(f"{relation}.{name}")
    return replace(own, name=name) if own else columns()[name]


@cache
def tables() -> dict[str, Table]:
    """Every table by name, in the order in which they are created (tables.toml)."""
    known = columns()
    found: dict[str, Table] = {}
    for name, entry in settings("tables.toml").items():
        missing = [column for column in [*entry["columns"], *entry["null"], *entry["key"]] if column not in known]
        if missing:
            raise CatalogError(
                f"{PLACE}/tables.toml uses the column {missing[0]!r} in table {name!r}, which "
                f"{PLACE}/columns.csv does not define."
            )
        found[name] = Table(
            name,
            entry["meaning"],
            tuple(entry["key"]),
            tuple(known[column] for column in entry["columns"]),
            frozenset(entry["null"]),
        )
    return found


@dataclass(frozen=True)
class Reference:
    """A reference file of CMS's beside the fee schedule (reference_kinds.toml), and how it is found and called.

    `title` is a pattern of its title in CMS's data catalogue; the first group that matches `year_in_name` is the year that the
    name of a file tells. `name_in_full` and `page` name the data set and its page where figures of it are passed on.
    """

    kind: Kind
    title: str
    label: str
    year_in_name: str
    max_bytes: int
    name_in_full: str
    page: str

    def year_of(self, text: str) -> int | None:
        """The year in a label (PSPS2023) or in the name of a file, None when there is none; of several the last one."""
        if text.startswith(self.label) and text.removeprefix(self.label).isdecimal():
            return int(text.removeprefix(self.label))
        found = re.findall(self.year_in_name, text)
        years = ["".join(one) if isinstance(one, tuple) else one for one in found]
        return int(years[-1]) if years else None


@cache
def kinds() -> dict[str, Kind]:
    """The kinds of data in a release archive by name (kinds.toml)."""
    return _kinds("kinds.toml")


@cache
def zip_kinds() -> dict[str, Kind]:
    """The kinds of data in an archive of ZIP code files by name (zip_kinds.toml)."""
    return _kinds("zip_kinds.toml")


@cache
def references() -> dict[str, Reference]:
    """The reference files by name (reference_kinds.toml)."""
    kinds_of, entries = _kinds("reference_kinds.toml"), settings("reference_kinds.toml")
    return {
        name: Reference(
            kinds_of[name],
            entry["title"],
            entry["label"],
            entry["year_in_name"],
            entry["max_bytes"],
            entry["name_in_full"],
            entry["page"],
        )
        for name, entry in entries.items()
    }


def kind(name: str) -> Kind:
    """A kind of any sort of file. Raises KeyError for an unknown one."""
    return {**kinds(), **zip_kinds(), **{name: found.kind for name, found in references().items()}}[name]


def _kinds(file: str) -> dict[str, Kind]:
    return {
        name: Kind(
            name,
            entry["name"],
            entry["csv_key"],
            entry["text_key"],
            tuple(entry["row_key"]),
            entry["max_rejected"],
            entry["required"],
        )
        for name, entry in settings(file).items()
    }
