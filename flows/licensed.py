"""Descriptions of CPT and dental codes, for an operator who declares a licence: read from the raw archives when asked for.

They are not in the warehouse, so that nothing else can pass them on. Reads one RVU member a release from the raw store; writes
nothing. Raises FeedError when an archive is no longer in the raw store.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from flows.extract.extract import extract, read_members
from flows.normalize.descriptors import owner_of
from flows.normalize.normalize import normalize
from flows.notices import Licences
from warehouse.errors import FeedError
from warehouse.home import Home
from warehouse.raw import RawStore
from warehouse.read import Row


def licensed_descriptions(home: Home, releases: Iterable[Row], licences: Licences) -> pl.DataFrame:
    """The descriptions that the declared licences cover: release_id, hcpcs_code, modifier, owner, description.

    `releases` are rows with release_id, archive_sha256 and rvu_member. Without a licence no archive is opened.
    """
    schema = dict.fromkeys(("release_id", "hcpcs_code", "modifier", "owner", "description"), pl.String)
    if not licences.owners:
        return pl.DataFrame(schema=schema)
    found = [_of_release(home, release, licences.owners) for release in releases]
    return pl.concat(found) if found else pl.DataFrame(schema=schema)


def _of_release(home: Home, release: Row, owners: tuple[str, ...]) -> pl.DataFrame:
    path = RawStore(home.raw).path(release["archive_sha256"])
    if not path.exists():
        raise FeedError(
            f"The archive of {release['release_id']} is not at {path}, and descriptions are read from it. Put it back with "
            "'pfs refresh', or leave out the licence."
        )
    member = next(member for member in read_members(path) if member.name == release["rvu_member"])
    extracted = extract(member)
    if extracted is None:
        raise FeedError(f"{member.name} of {release['release_id']} can no longer be read as an RVU member. Run 'pfs refresh'.")
    rows = normalize(extracted).rows.select("hcpcs_code", "modifier", owner_of("hcpcs_code"), "description")
    wanted = rows.filter(pl.col("owner").is_in(owners) & (pl.col("description") != "")).sort("hcpcs_code", "modifier")
    return wanted.select(pl.lit(release["release_id"]).alias("release_id"), pl.all())
