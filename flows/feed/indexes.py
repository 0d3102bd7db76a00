"""The indexes of a feed: codes, localities with their ZIP codes, releases. Reads the warehouse; gives documents."""

from __future__ import annotations

from typing import Any

import duckdb

from flows import catalog
from flows.feed.blocks import plain
from flows.feed.content import Content
from flows.feed.documents import VERSION, Document, release_document
from flows.notices import notices
from warehouse import read
from warehouse.read import Row

_LOCALITIES = """
with counties as (
  select mac, locality, string_agg(county_names, '; ' order by line_number) as county_names
  from locality_county
  where release_id = ?
  group by mac, locality
)
select
  gpci.mac, gpci.locality, locality.locality_id, locality.state, gpci.locality_name, locality.area_name, counties.county_names,
  gpci.work_gpci, gpci.pe_gpci, gpci.mp_gpci
from gpci
join locality on locality.release_id = gpci.release_id and locality.mac = gpci.mac and locality.locality = gpci.locality
left join counties on counties.mac = gpci.mac and counties.locality = gpci.locality
where gpci.release_id = ?
order by gpci.mac, gpci.locality
"""

_ANESTHESIA = "select mac, locality, qp_status, conversion_factor from anesthesia_cf where release_id = ? order by all"

# The newest ZIP code file from before the end of the release, else the oldest one after it (as macro locality_of_zip).
_ZIP_FILE = """
select zip_release_id, label, valid_from, valid_to, archive_name, archive_sha256
from zip_release
order by valid_from <= ? desc, case when valid_from <= ? then valid_from end desc, valid_from, edition desc
limit 1
"""

_ZIPS = """
select zip_area.zip_code, locality.mac, locality.locality, zip_area.needs_plus_four
from zip_area
join locality on locality.release_id = ? and locality.locality_id = zip_area.locality_id
where zip_area.zip_release_id = ?
order by zip_area.zip_code
"""

# The edition of each file and year that answers (view reference_edition).
_REFERENCES = """
select
  reference_release.reference_release_id, reference_release.reference, reference_release.label, reference_release.year,
  reference_release.is_sample, reference_release.archive_name, reference_release.archive_sha256
from reference_release
join reference_edition on reference_edition.reference_release_id = reference_release.reference_release_id
order by reference_release.reference, reference_release.year
"""

_FACTORS = "select release_id, qp_status, conversion_factor from conversion_factor order by all"


def index(name: str, content: Content, **body: Any) -> Document:
    """An index document: what it is, the release that the feed is of, and its body."""
    return {
        "$schema": f"schemas/{name}.schema.json",
        "version": VERSION,
        "kind": name,
        "release": content.release["release_id"],
        **body,
    }


def codes_index(content: Content, codes: list[Document], gone: list[Document]) -> Document:
    """Every code with what a list or a search shows, and the codes that are gone. The amounts are national ones."""
    units = {"work_rvu": "RVU", "nonfacility_allowed": "USD", "facility_allowed": "USD"}
    return index("codes", content, units=units, codes=codes, gone=gone)


def gone_entry(document: Document) -> Document:
    """What the index of codes shows of a tombstone."""
    return {"code": document["code"], "last_release": (document["last_release"] or {}).get("release_id")}


def code_entry(document: Document) -> Document:
    """What the index of codes shows of a code."""
    main = document["rows"][0]
    paid: Document = next((payment["national"] for payment in main["payments"] if payment["qp_status"] == "non_qp"), {})
    return {
        "code": document["code"],
        "release": document["release"],
        "section": document["section"],
        "class": _class(document),
        "title": (document["words"] or {}).get("title"),
        "also_known_as": (document["words"] or {}).get("also_known_as") or [],
        "description": (document["description"] or {}).get("text"),
        "status_code": main["status"]["code"],
        "is_priced": main["is_priced"],
        "global_days": next((i["value"] for i in main["indicators"] if i["name"] == "global_days"), None),
        "work_rvu": main["rvu"]["work"],
        "nonfacility_allowed": paid.get("nonfacility_allowed"),
        "facility_allowed": paid.get("facility_allowed"),
    }


def _class(document: Document) -> Document | None:
    """Category and subcategory of a code in CMS's classification; null for one that is not in it, and where none is loaded."""
    found = document["class"]
    return {name: found[name] for name in ("category", "subcategory", "release")} if found else None


def localities_index(con: duckdb.DuckDBPyConnection, content: Content) -> Document:
    """The localities in the order of the arrays of amounts in the code documents, with their indices and factors."""
    release_id = content.release["release_id"]
    rows = read.rows(con, _LOCALITIES, [release_id, release_id])
    factors: dict[tuple[str, str], list[Document]] = {}
    for row in read.rows(con, _ANESTHESIA, [release_id]):
        entry = {"qp_status": row["qp_status"], "value": plain(row["conversion_factor"])}
        factors.setdefault((row["mac"], row["locality"]), []).append(entry)
    return index(
        "localities",
        content,
        units={
            **dict.fromkeys(("work_gpci", "pe_gpci", "mp_gpci"), "index"),
            "anesthesia_conversion_factors": "USD per anesthesia unit",
        },
        localities=[
            {
                **{name: plain(value) for name, value in row.items()},
                "anesthesia_conversion_factors": factors.get((row["mac"], row["locality"]), []),
            }
            for row in rows
        ],
    )


def zips_index(con: duckdb.DuckDBPyConnection, content: Content, localities: Document) -> Document:
    """Which ZIP code lies in which locality, by its place in localities.json; empty where no ZIP code file is loaded."""
    release = content.release
    place = {(row["mac"], row["locality"]): number for number, row in enumerate(localities["localities"])}
    file = read.one(con, _ZIP_FILE, [release["valid_to"], release["valid_to"]])
    rows: list[Row] = read.rows(con, _ZIPS, [release["release_id"], file["zip_release_id"]]) if file else []
    return index(
        "zips",
        content,
        units={"zips": "place in localities.json, from 0"},
        file={name: plain(value) for name, value in file.items()} if file else None,
        zips={row["zip_code"]: place[(row["mac"], row["locality"])] for row in rows},
        needs_plus_four=[row["zip_code"] for row in rows if row["needs_plus_four"]],
    )


def releases_index(con: duckdb.DuckDBPyConnection, content: Content) -> Document:
    """Every loaded release with dates, factors and archive; which one the feed is of; the reference files; all notices."""
    factors: dict[str, list[Document]] = {}
    for row in read.rows(con, _FACTORS):
        entry = {"qp_status": row["qp_status"], "value": plain(row["conversion_factor"])}
        factors.setdefault(row["release_id"], []).append(entry)
    return index(
        "releases",
        content,
        units={"year": "calendar year", "edition": "count", "conversion_factors": "USD per RVU"},
        releases=[
            {
                **release_document(release),
                **{name: plain(release[name]) for name in ("edition", "year", "quarter", "governs", "supersedes", "is_sample")},
                "archive_name": release["archive_name"],
                "archive_sha256": release["archive_sha256"],
                "conversion_factors": factors.get(release["release_id"], []),
            }
            for release in content.releases.values()
        ],
        references=references(con),
        notices=notices(content.licences),
    )


def references(con: duckdb.DuckDBPyConnection) -> list[Document]:
    """The loaded editions of CMS's reference files, with the data set's name and the address of its page; empty without any.

    `year` is the release year of the classification (rbcs), and the year of services of the procedure summary (utilisation).
    """
    known = catalog.references()
    return [
        {
            **{name: plain(value) for name, value in row.items()},
            "name": known[row["reference"]].name_in_full,
            "address": known[row["reference"]].page,
        }
        for row in read.rows(con, _REFERENCES)
    ]
