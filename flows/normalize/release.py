"""One archive, read: stages extract and normalize for all its members, put together as a release ready to load.

Reads one archive of the raw store; writes nothing. Raises `LayoutError`, `ReleaseError` for what is wrong with it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from flows import catalog
from flows.catalog.releases import Release
from flows.extract.extract import Extract, Member, read_members
from flows.extract.members import inner_archives, of_archives
from flows.normalize.account import Unread, account_frames
from flows.normalize.choose import Choice, choose, qp_status
from flows.normalize.correct import correct
from flows.normalize.dated import archive_date
from flows.normalize.descriptors import protected_descriptors, public_descriptors
from flows.normalize.identify import Clues, clues, identify
from flows.normalize.normalize import Normalized
from flows.normalize.plausible import require_plausible
from flows.normalize.reading import read_all
from flows.raw_archive import Archive
from warehouse.counted import counted
from warehouse.errors import ReleaseError
from warehouse.load import ReleaseContent

_DATA_FORMS = ("csv", "text", "excel")


def read_release(archive: Archive) -> ReleaseContent:
    """Reads every member of an archive and gives the release with a frame for each table. See the module for the errors."""
    members = read_members(archive.path)
    found, unread = read_all(members)
    rvu = [item for item in found if item.extract.kind == "rvu"]
    if not rvu:
        raise ReleaseError(_no_release(archive, members))
    by_status = [[item for item in rvu if qp_status(item) == status] for status in ("non_qp", "qp")]
    factor, *_ = [_conversion_factor(items) for items in by_status if items]
    told = clues([item.extract for item in rvu], factor, [member.base_name for member in members])
    release = identify(archive.name, archive.sha256, told)
    corrected = [correct(release.label, item) for item in found]
    choices = choose(release.label, [item for item, _ in corrected])
    _require_kinds(archive.name, choices, unread)
    require_plausible(release, choices)
    frames = _data_frames(choices) | account_frames(release.label, choices, unread)
    frames["correction_applied"] = pl.concat([applied for _, applied in corrected])
    return ReleaseContent(_release_row(archive, release, told, members), frames, tuple(_notes(release, choices, frames)))


def _no_release(archive: Archive, members: list[Member]) -> str:
    """What an archive without an RVU member is instead, and what can be done with it."""
    from flows.published.files import record_files

    if payments := record_files(archive.path):
        return (
            f"{archive.name} holds payment amounts that CMS published ({', '.join(payments[:5])}). They are compared with a "
            f"warehouse, not loaded into one: 'pfs verify {archive.name}'."
        )
    if inner := inner_archives(members):
        return of_archives(archive.name, inner)
    return (
        f"{archive.name} holds no RVU member that can be read; its members are "
        f"{', '.join(member.base_name for member in members[:20])}. Is it a PFS relative value archive?"
    )


def content_hash(members: Iterable[Member]) -> str:
    """Hash over names and contents of the data members: the same for an archive that was only zipped again."""
    parts = sorted(f"{member.base_name.lower()} {member.sha256}" for member in members if member.form in _DATA_FORMS)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _conversion_factor(rvu: list[Normalized]) -> Decimal:
    for item in rvu:
        counted = item.rows["conversion_factor"].value_counts(sort=True).rows()
        if len(counted) != 1:
            shown = ", ".join(f"{factor} on {count} rows" for factor, count in counted[:5])
            raise ReleaseError(
                f"{item.extract.member.name}: one conversion factor was expected on every row; found {shown or 'no rows'}. "
                "Nothing of this release was loaded."
            )
    factors = {item.rows["conversion_factor"][0] for item in rvu}
    if len(factors) != 1:
        names = ", ".join(f"{item.extract.member.base_name} {item.rows['conversion_factor'][0]}" for item in rvu)
        raise ReleaseError(f"The RVU members of this archive have different conversion factors: {names}.")
    return Decimal(factors.pop())


def _require_kinds(archive_name: str, choices: list[Choice], unread: list[Unread]) -> None:
    present = {choice.kind for choice in choices if choice.qp_status == "non_qp"}
    for kind in catalog.kinds().values():
        if kind.required and kind.name not in present:
            names = ", ".join(item.member.base_name for item in unread) or "none"
            raise ReleaseError(
                f"{archive_name} holds no {kind.name} member, and no release can be priced without one. "
                f"Members that were not read: {names}."
            )


def _release_row(archive: Archive, release: Release, told: Clues, members: list[Member]) -> dict[str, Any]:
    return {
        "label": release.label,
        "year": release.year,
        "quarter": release.quarter,
        "valid_from": release.valid_from,
        "valid_to": release.valid_to,
        "governs": release.governs,
        "published_on": release.published_on,
        "published_basis": release.published_basis,
        "supersedes": release.supersedes,
        "expected_conversion_factor": release.conversion_factor,
        "archive_sha256": archive.sha256,
        "archive_name": archive.name,
        "archive_dated": archive_date([archive.name, archive.source_url], members),
        "content_sha256": content_hash(members),
        "title": told.title,
        "released_line": told.released_line,
        "is_sample": archive.is_sample,
        "source_url": archive.source_url,
        "loaded_at": archive.loaded_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }


# --- frames ------------------------------------------------------------------------------------------------------------


def _data_frames(choices: list[Choice]) -> dict[str, pl.DataFrame]:
    frames: dict[str, pl.DataFrame] = {}
    factors = []
    for choice in choices:
        rows = choice.loaded.rows
        if choice.kind == "rvu":
            factors.append(_factor_row(choice, choices))
            if choice.qp_status == "non_qp":
                frames["rvu"] = rows.sort("hcpcs_code", "modifier")
                frames["hcpcs_descriptor"] = public_descriptors(rows)
                frames["protected_descriptor"] = protected_descriptors(rows)
        elif choice.kind == "anesthesia":
            frames["anesthesia_cf"] = _by_qp_status(rows).sort("mac", "locality", "qp_status")
        else:
            frames[choice.kind] = rows.sort(catalog.kinds()[choice.kind].row_key)
    frames["conversion_factor"] = pl.concat(factors)
    return frames


def _by_qp_status(rows: pl.DataFrame) -> pl.DataFrame:
    non_qp = rows.with_columns(pl.lit("non_qp").alias("qp_status"))
    if "qp_conversion_factor" not in rows.columns:
        return non_qp
    qp = rows.with_columns(pl.lit("qp").alias("qp_status"), pl.col("qp_conversion_factor").alias("conversion_factor"))
    return pl.concat([non_qp, qp])


def _factor_row(choice: Choice, choices: list[Choice]) -> pl.DataFrame:
    anesthesia = next((other for other in choices if other.kind == "anesthesia"), None)
    national = _national_anesthesia_cf(anesthesia, choice.qp_status) if anesthesia else None
    return pl.DataFrame(
        {
            "qp_status": [choice.qp_status],
            "conversion_factor": choice.loaded.rows["conversion_factor"].head(1),
            # As a text that is cast: for a Decimal Polars loads numpy, where that is installed, for a sixth of a second.
            "national_anesthesia_cf": pl.Series([national], dtype=pl.String).cast(pl.Decimal(9, 6)),
            "member_name": [choice.loaded.extract.member.name],
        }
    )


def _national_anesthesia_cf(choice: Choice, status: str) -> str | None:
    """The national factor, which some anesthesia files print in the heading of the column (2025, 2026)."""
    members = [choice.loaded.extract, *[compared.other.extract for compared in choice.compared]]
    for found in members:
        if (factor := _factor_in_heading(found, status)) is not None:
            return factor
    return None


def _factor_in_heading(found: Extract, status: str) -> str | None:
    column = "qp_conversion_factor" if status == "qp" else "conversion_factor"
    position = next((place.position for place in found.layout.places if place.column == column), 0)
    for cells in csv.reader(found.head):
        if position and len(cells) >= position and (factor := re.search(r"\b(\d\d\.\d{2,6})\b", cells[position - 1])):
            return factor[1]
    return None


def _notes(release: Release, choices: list[Choice], frames: dict[str, pl.DataFrame]) -> Iterable[str]:
    if release.note.startswith("provisional"):
        dates = f"{release.valid_from} to {release.valid_to}"
        yield f"{release.label} is not in the catalogue; its dates {dates} follow from its label."
    yield from _unseen(release, choices)
    missing = [kind for kind in catalog.kinds() if kind not in {choice.kind for choice in choices}]
    if missing:
        yield f"{release.label} has no member of kind {', '.join(missing)}."
    if rejected := frames["rejected_row"].height:
        kept_out = counted(rejected, "row is kept out", "rows are kept out")
        yield f"{release.label}: {kept_out}; see table rejected_row once the release is loaded."
    undecided = frames["member_disagreement"].filter(pl.col("decision").is_null()).height
    if undecided:
        values = f"{counted(undecided, 'value')} without a declared decision"
        yield f"{release.label}: its members differ in {values}; table member_disagreement lists them once the release is loaded."


def _unseen(release: Release, choices: list[Choice]) -> Iterable[str]:
    """Layouts of loaded members that were never measured on a real file of the time (column `seen` of the column maps)."""
    for found in (choice.loaded.extract for choice in choices):
        if not found.layout.is_seen_in(release.year):
            since = f"on real files since {found.layout.seen} only" if found.layout.seen.isdecimal() else "on no real file"
            yield (
                f"{release.label}: the layout {found.layout.name} of {found.member.base_name} follows descriptions and was seen "
                f"{since}; compare a few rows with the file, and then correct `seen` in {found.layout.map_file}."
            )
