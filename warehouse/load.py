"""Stage load: the typed rows of one release into the tables, in one transaction.

Reads the frames of one release; writes to the connection that it is given. Either the whole release is in afterwards or
nothing of it. Loading does not replace anything: an archive whose content is already there is refused by the caller, and
another content under a known label becomes a new edition beside the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from flows import catalog
from flows.catalog import Table
from warehouse import schema
from warehouse.edition_order import EDITION_PLACE
from warehouse.errors import ReleaseError, first_line

if TYPE_CHECKING:
    import polars as pl  # loaded by those who have frames; a refresh with nothing to do has none

# A later edition counts as known from the date of its archive. Where that is not later than the date of the first archive, or one
# of them has none, nothing shows that anybody knew it before it was loaded here. None is known before the ones that it replaces.
# Editions arrive in any order, so all of a label are dated anew.
_KNOWN_FROM = f"""
with edition_place as ({EDITION_PLACE}),
edition as (
  select release_id, place, archive_dated, published_on, loaded_at,
    first_value(archive_dated) over (order by place) as first_dated
  from release join edition_place using (release_id)
  where release.label = ?
),
dated as (
  select release_id, place,
    case when archive_dated > first_dated then greatest(archive_dated, published_on) else cast(loaded_at as date) end as own_date
  from edition
  where place > 1
),
known as (
  select release_id, max(own_date) over (order by place) as known_from from dated
)
update release set known_from = (select known.known_from from known where known.release_id = release.release_id)
where label = ?
"""


@dataclass(frozen=True)
class ReleaseContent:
    """One release ready to load: the row of table `release` without its id and edition, and a frame for each table.

    The frames lack `release_id`; `load_release` adds it. Columns that a frame lacks are loaded as null. `header` is the table
    that has a row for each edition: `release`, or `zip_release` for a ZIP code file, whose id is `zip_release_id`.
    """

    release: dict[str, Any]
    frames: dict[str, pl.DataFrame]
    notes: tuple[str, ...] = field(default=())
    header: str = "release"

    @property
    def label(self) -> str:
        """The label of the release."""
        return str(self.release["label"])


class Stream:
    """Hands a Polars frame to DuckDB through the Arrow C stream alone, so that pyarrow is not needed."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def replace_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Gives a table these rows in the place of those that it has; a row has a value for each column, in their order.

    As a frame of texts, which DuckDB casts: it takes a quarter of a millisecond for each parameter of a statement.
    """
    import polars as pl

    con.execute(f"delete from {table}")
    names = catalog.tables()[table].column_names
    cells = {name: [None if row[place] is None else str(row[place]) for row in rows] for place, name in enumerate(names)}
    con.register("incoming", Stream(pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))))
    try:
        con.execute(f"insert into {table} select {', '.join(names)} from incoming")
    finally:
        con.unregister("incoming")


def next_edition(con: duckdb.DuckDBPyConnection, label: str, header: str = "release") -> int:
    """The number that the next edition of a label gets: 1 when there is none yet."""
    row = con.execute(f"select coalesce(max(edition), 0) + 1 from {header} where label = ?", [label]).fetchone()
    return int(row[0]) if row else 1


def release_id(label: str, edition: int) -> str:
    """`RVU25D` for the first edition of a label, `RVU25D.2` for the second."""
    return label if edition == 1 else f"{label}.{edition}"


def known_content(
    con: duckdb.DuckDBPyConnection, archive_sha256: str, content_sha256: str, header: str = "release"
) -> str | None:
    """The edition that already holds this archive, or the same members zipped again; None when it is new."""
    row = con.execute(
        f"select {header}_id from {header} where archive_sha256 = ? or content_sha256 = ? order by loaded_at limit 1",
        [archive_sha256, content_sha256],
    ).fetchone()
    return row[0] if row else None


def load_release(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> str:
    """Loads one release as a new edition and returns its release_id; on any error nothing of it stays.

    Raises ReleaseError when rows repeat a key or break a constraint of the schema, and what DuckDB raises when the disk fails.
    """
    header = content.header
    edition = next_edition(con, content.label, header)
    identity = release_id(content.label, edition)
    row = {**content.release, f"{header}_id": identity, "edition": edition}
    con.execute("begin")
    try:
        names = catalog.tables()[header].column_names
        marks = ", ".join("?" for _ in names)
        con.execute(f"insert into {header} ({', '.join(names)}) values ({marks})", [row.get(name) for name in names])
        for name, frame in content.frames.items():
            _insert(con, catalog.tables()[name], identity, frame)
        if edition > 1 and header == "release":
            con.execute(_KNOWN_FROM, [content.label, content.label])
        con.execute("commit")
    except (duckdb.IOException, duckdb.FatalException):  # the disk, not the rows: the whole build ends
        with suppress(duckdb.Error):  # a connection that the fault closed has nothing to roll back
            con.execute("rollback")
        raise
    except duckdb.Error as fault:
        con.execute("rollback")
        raise ReleaseError(
            f"{identity}: the rows break a rule of the warehouse: {first_line(fault)}. Nothing of this release was loaded."
        ) from fault
    except BaseException:
        con.execute("rollback")
        raise
    return identity


def _insert(con: duckdb.DuckDBPyConnection, table: Table, identity: str, frame: pl.DataFrame) -> None:
    if not frame.height:
        return
    present = [name for name in table.column_names if name in frame.columns]
    columns = ", ".join(present)
    con.register("incoming", Stream(frame.select(present)))
    try:
        con.execute(f"insert into {table.name} ({table.key[0]}, {columns}) select ?, {columns} from incoming", [identity])
    finally:
        con.unregister("incoming")
    # Within one edition a key is unique if it is without release_id. Polars tells much faster than a query, DuckDB says which.
    own_key = [name for name in table.key if name in frame.columns]
    if frame.select(own_key).is_duplicated().any() and (repeated := schema.key_faults(con, table, identity)):
        raise ReleaseError(
            f"{identity}: table {table.name} would hold the key ({', '.join(table.key)}) more than once: "
            f"{'; '.join(repeated)}. Nothing of this release was loaded."
        )
