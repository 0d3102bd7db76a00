"""The warehouses that were published before: kept, named, published again; and what a rollback holds back from then on.

Reads and writes the home folder only:
    kept/pfs-<time>.duckdb          published before; the newest three, or as many as PFS_KEEP says
    kept/withdrawn-<time>.duckdb    what a rollback took back, for as long as it is held back
    hold.json                       the archives and definitions that a rollback took back
A refresh leaves what is held back alone: else the next scheduled run would publish again what a person just took back.
Raises `WarehouseError` when there is nothing to go back to, or the disk refuses.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.home import Home, sync_folder, write_whole

KEEP = 3
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Edition:
    """A warehouse file: when it was built, the archives that it holds (hash to release_id) and the definitions it was made with.

    All but the path and the time are empty when the file cannot be read. `release_count`: how many of the archives are releases,
    where the others are ZIP code and reference files. `is_sample`: its releases are those of the embedded sample.
    """

    path: Path
    built_at: datetime
    archives: Mapping[str, str]
    definition_hash: str | None
    release_count: int = 0
    is_sample: bool = False

    @property
    def releases(self) -> tuple[str, ...]:
        """The editions in it, in the order of their loading."""
        return tuple(self.archives.values())


@dataclass(frozen=True)
class Hold:
    """What a rollback took back: archives by hash with their release_id, and definitions."""

    at: str = ""
    archives: Mapping[str, str] = field(default_factory=dict)
    definition_hash: str | None = None


def keep_count() -> int:
    """How many warehouses are kept: PFS_KEEP, or three. Raises WarehouseError when it is no number."""
    text = os.environ.get("PFS_KEEP", "").strip() or str(KEEP)
    if not re.fullmatch(r"\d{1,3}", text):
        raise WarehouseError(f"PFS_KEEP={text}: the number of warehouses to keep for 'pfs rollback' was expected, 0 or more.")
    return int(text)


def kept_warehouses(home: Home) -> list[Path]:
    """The warehouses published before, newest first."""
    return sorted(home.kept.glob("pfs-*.duckdb"), reverse=True) if home.kept.exists() else []


def withdrawn_warehouses(home: Home) -> list[Path]:
    """The warehouses that a rollback took back, newest first: one, or two after a rollback that was cut off."""
    return sorted(home.kept.glob("withdrawn-*.duckdb"), reverse=True) if home.kept.exists() else []


def edition_of(path: Path) -> Edition:
    """What a warehouse file holds. Raises OSError when it is not there."""
    built_at = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            releases = _loaded(con, "release")
            beside = [*_loaded(con, "zip_release"), *_loaded(con, "reference_release")]
            sample = con.execute("select count(*) from release where is_sample").fetchone()
            fact = con.execute("select value from warehouse_fact where key = 'definition_hash'").fetchone()
    except duckdb.Error:
        return Edition(path, built_at, {}, None)
    rows = dict([*releases, *beside])
    return Edition(path, built_at, rows, fact[0] if fact else None, len(releases), bool(sample and sample[0]))


def _loaded(con: duckdb.DuckDBPyConnection, header: str) -> list[tuple[str, str]]:
    """The archives of one kind of edition; a warehouse from before there was that kind has none."""
    if not con.execute("select 1 from duckdb_tables() where table_name = ?", [header]).fetchone():
        return []
    return con.execute(f"select archive_sha256, {header}_id from {header} order by loaded_at, edition, label").fetchall()


def keep_published(home: Home, kind: str = "pfs") -> Path:
    """Keeps the published warehouse under a name of its own, as a link or a copy. Raises OSError when the disk refuses."""
    home.kept.mkdir(exist_ok=True)
    kept = home.kept / f"{kind}-{_stamp(home)}.duckdb"
    try:
        os.link(home.published, kept)
    except OSError:  # a file system without hard links
        part = kept.with_suffix(".part")
        try:
            shutil.copyfile(home.published, part)
            shutil.copystat(home.published, part)
            os.replace(part, kept)
        finally:
            part.unlink(missing_ok=True)
    return kept


def _stamp(home: Home) -> str:
    """The time, or a moment after the newest stamp where the clock was set back: the order of names is that of publication."""
    now = datetime.now(UTC)
    for path in [*kept_warehouses(home)[:1], *withdrawn_warehouses(home)[:1]]:
        found = re.search(r"-(\d{8}T\d{12}Z)\.", path.name)
        if found:
            newest = datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
            now = max(now, newest + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def forget_oldest(home: Home) -> None:
    """Removes what is kept beyond the number to keep."""
    for path in kept_warehouses(home)[keep_count() :]:
        path.unlink()


# --- back and forth ------------------------------------------------------------------------------------------------------


def rollback(home: Home) -> tuple[Edition, Edition | None]:
    """Publishes the newest kept warehouse again: that one, and the one that it replaces (None when nothing was published).

    The replaced one is set aside, and what only it holds is held back from refreshes until `undo_rollback`, or until the release
    is asked for by name. Raises WarehouseError when none is kept, or the disk refuses; then nothing was changed.
    """
    kept = kept_warehouses(home)
    if not kept:
        raise WarehouseError(f"There is no earlier warehouse under {home.kept}; nothing was changed.")
    back = edition_of(kept[0])
    taken = edition_of(home.published) if home.published.exists() else None
    try:
        if taken:
            _hold(home, taken, back)
            keep_published(home, "withdrawn")
        os.replace(kept[0], home.published)
    except OSError as fault:
        raise _refused(home, fault) from fault
    sync_folder(home.root)
    for path in withdrawn_warehouses(home)[1:]:
        path.unlink()
    return back, taken


def undo_rollback(home: Home) -> tuple[Edition, Edition]:
    """Publishes again what the last rollback took back, and holds nothing back any more: that one, and the one it replaces.

    Raises WarehouseError when no rollback is to be undone, or the disk refuses; then nothing was changed.
    """
    withdrawn = withdrawn_warehouses(home)
    if not withdrawn or not home.published.exists():
        raise WarehouseError(f"There is no warehouse under {home.kept} that a rollback took back; nothing was changed.")
    again, replaced = edition_of(withdrawn[0]), edition_of(home.published)
    try:
        keep_published(home)
        os.replace(withdrawn[0], home.published)
        _hold_path(home).unlink(missing_ok=True)
    except OSError as fault:
        raise _refused(home, fault) from fault
    sync_folder(home.root)
    for path in withdrawn_warehouses(home):
        path.unlink()
    forget_oldest(home)
    return again, replaced


def _refused(home: Home, fault: OSError) -> WarehouseError:
    return WarehouseError(
        f"{home.published} cannot be replaced: {fault.strerror or fault}. It is as it was. Free some space or give the right to "
        "write there, and try again."
    )


# --- what is held back ---------------------------------------------------------------------------------------------------


def _hold_path(home: Home) -> Path:
    return home.root / "hold.json"


def held(home: Home) -> Hold:
    """What rollbacks hold back; nothing when there was none. Raises WarehouseError when the note cannot be read."""
    path = _hold_path(home)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        archives = {str(sha256): str(name) for sha256, name in dict(found["archives"]).items()}
        return Hold(str(found["at"]), archives, found["definition_hash"])
    except FileNotFoundError:
        return Hold()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{path} cannot be read ({type(error).__name__}). It says what a rollback holds back: 'pfs rollback --undo' removes "
            "it and publishes that again; without the file, the next refresh brings it in again."
        ) from error


def _hold(home: Home, taken: Edition, back: Edition) -> None:
    """Adds what the taken warehouse has and the other one lacks."""
    before = held(home)
    archives = {sha: name for sha, name in {**before.archives, **taken.archives}.items() if sha not in back.archives}
    changed = taken.definition_hash if taken.definition_hash != back.definition_hash else before.definition_hash
    _note(home, Hold(datetime.now(UTC).isoformat(timespec="seconds"), archives, changed))


def release_hold(home: Home) -> None:
    """Lets go of what is published again; with nothing left to hold back, what was set aside goes too."""
    hold = held(home)
    if hold == Hold():
        return
    published = edition_of(home.published)
    archives = {sha: name for sha, name in hold.archives.items() if sha not in published.archives}
    definitions = None if hold.definition_hash == published.definition_hash else hold.definition_hash
    if archives or definitions:
        _note(home, Hold(hold.at, archives, definitions))
        return
    _hold_path(home).unlink(missing_ok=True)
    for path in withdrawn_warehouses(home):
        path.unlink()


def _note(home: Home, hold: Hold) -> None:
    content = {"at": hold.at, "archives": dict(hold.archives), "definition_hash": hold.definition_hash}
    write_whole(_hold_path(home), json.dumps(content, indent=1))
