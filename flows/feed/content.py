"""What a feed reads from the warehouse: for each code everything its document shows, gathered with one query a subject.

Reads the published warehouse; writes a temporary table in the connection. A document shows a code as the release that macro
`code_source` names had it: the first one since which all of the code's figures stand as they do now.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from flows.feed.page import By, Pages, by_code, read_pages
from flows.notices import Licences
from flows.words.words import Words
from warehouse import read
from warehouse.home import Home
from warehouse.read import Row

# The codes of the feed, each with the release that its document cites.
_CITED = """
create or replace temporary table cited as
select hcpcs_code, source_release_id as release_id
from code_source(?)
"""

# Codes of earlier releases that the feed's release does not have, each with the last release that had it.
_GONE = """
create or replace temporary table gone as
with last_seen as (
  select rvu.hcpcs_code, arg_max(release.release_id, row(release.valid_from, release.edition)) as release_id
  from rvu
  join release on release.release_id = rvu.release_id
  where release.governs and release.valid_from <= (select valid_from from release where release_id = ?)
  group by rvu.hcpcs_code
)
select hcpcs_code, release_id
from last_seen
where hcpcs_code not in (select hcpcs_code from rvu where release_id = ?)
"""

# The settings that CMS marked as not applicable for such a code in that release, of its first modifier.
_GONE_NA = """
select
  rvu.hcpcs_code,
  arg_min(rvu.nonfacility_na, rvu.modifier) as nonfacility_na,
  arg_min(rvu.facility_na, rvu.modifier) as facility_na
from rvu
join gone on gone.release_id = rvu.release_id and gone.hcpcs_code = rvu.hcpcs_code
group by rvu.hcpcs_code
"""

_ROWS = """
select
  rvu.hcpcs_code, rvu.modifier, rvu.status_code, status_code.meaning as status, rvu.not_used_for_medicare_payment, rvu.work_rvu,
  rvu.nonfacility_pe_rvu, rvu.facility_pe_rvu, rvu.mp_rvu, rvu.nonfacility_total_rvu, rvu.facility_total_rvu, rvu.nonfacility_na,
  rvu.facility_na, rvu.preoperative_fraction, rvu.intraoperative_fraction, rvu.postoperative_fraction, rvu.pctc_indicator,
  rvu.global_days, rvu.multiple_procedure_indicator, rvu.bilateral_surgery_indicator, rvu.assistant_surgery_indicator,
  rvu.co_surgery_indicator, rvu.team_surgery_indicator, rvu.endoscopic_base_code, rvu.diagnostic_supervision,
  rvu.calculation_flag, rvu.imaging_family, rvu.line_number, unpriced.reason as no_price_reason
from rvu
join cited on cited.release_id = rvu.release_id and cited.hcpcs_code = rvu.hcpcs_code
left join status_code on status_code.status_code = rvu.status_code
left join unpriced
  on unpriced.release_id = rvu.release_id and unpriced.hcpcs_code = rvu.hcpcs_code and unpriced.modifier = rvu.modifier
order by rvu.hcpcs_code, rvu.modifier
"""

# The amounts of the localities as one JSON array of cents each, in the order of localities.json.
_LOCAL = """
select
  payment.hcpcs_code, payment.modifier, payment.qp_status, count(*) as localities,
  min(payment.nonfacility_allowed) as nonfacility_lowest, max(payment.nonfacility_allowed) as nonfacility_highest,
  min(payment.facility_allowed) as facility_lowest, max(payment.facility_allowed) as facility_highest,
  cast(to_json(list(cast(100 * payment.nonfacility_allowed as bigint) order by payment.mac, payment.locality)) as varchar)
    as nonfacility_cents,
  cast(to_json(list(cast(100 * payment.facility_allowed as bigint) order by payment.mac, payment.locality)) as varchar)
    as facility_cents
from payment
join cited on cited.release_id = payment.release_id and cited.hcpcs_code = payment.hcpcs_code
group by payment.hcpcs_code, payment.modifier, payment.qp_status
"""

_NATIONAL = """
select
  national_payment.hcpcs_code, national_payment.modifier, national_payment.qp_status, conversion_factor.conversion_factor,
  national_payment.nonfacility_fee, national_payment.facility_fee, national_payment.opps_nonfacility_cap,
  national_payment.opps_facility_cap, national_payment.nonfacility_allowed, national_payment.facility_allowed,
  national_payment.nonfacility_nonpar_allowed, national_payment.facility_nonpar_allowed,
  national_payment.nonfacility_limiting_charge, national_payment.facility_limiting_charge
from national_payment
join cited on cited.release_id = national_payment.release_id and cited.hcpcs_code = national_payment.hcpcs_code
join conversion_factor
  on conversion_factor.release_id = national_payment.release_id and conversion_factor.qp_status = national_payment.qp_status
order by national_payment.hcpcs_code, national_payment.modifier, national_payment.qp_status
"""

_DESCRIPTORS = """
select public_descriptor.hcpcs_code, min(public_descriptor.description) as description
from public_descriptor
join cited on cited.release_id = public_descriptor.release_id and cited.hcpcs_code = public_descriptor.hcpcs_code
group by public_descriptor.hcpcs_code
"""

_RELEASES = """
select
  release.release_id, release.label, release.edition, release.year, release.quarter, release.valid_from, release.valid_to,
  release.governs, release.published_on, release.supersedes, release.archive_name, release.archive_sha256, release.is_sample,
  release_file.member_name as rvu_member
from release
left join release_file
  on release_file.release_id = release.release_id and release_file.kind = 'rvu' and release_file.qp_status = 'non_qp'
order by release.valid_from, release.published_on, release.release_id
"""


@dataclass(frozen=True)
class Content:
    """What the documents are made of: the feed's release, all releases, and by code what each subject has."""

    release: Row
    releases: dict[str, Row]
    cited: dict[str, str]
    gone: dict[str, str]
    gone_na: dict[str, Row]
    rows: By
    local: By
    national: By
    descriptors: dict[str, str]
    meanings: dict[tuple[str, str], str]
    words: dict[str, Words]
    licences: Licences
    pages: Pages


def read_content(
    con: duckdb.DuckDBPyConnection, release: Row, home: Home, licences: Licences, words: dict[str, Words]
) -> Content:
    """Everything that the code documents of a feed of this release show; more descriptions with a declared licence."""
    release_id = release["release_id"]
    con.execute(_CITED, [release_id])
    con.execute(_GONE, [release_id, release_id])
    meanings = {(r["applies_to"], r["value"]): r["meaning"] for r in read.rows(con, "select * from indicator_value")}
    releases = {row["release_id"]: row for row in read.rows(con, _RELEASES)}
    cited = dict(con.execute("select hcpcs_code, release_id from cited order by hcpcs_code").fetchall())
    return Content(
        release=release,
        releases=releases,
        cited=cited,
        gone=dict(con.execute("select hcpcs_code, release_id from gone order by hcpcs_code").fetchall()),
        gone_na={row["hcpcs_code"]: row for row in read.rows(con, _GONE_NA)},
        rows=by_code(read.rows(con, _ROWS)),
        local=by_code(read.rows(con, _LOCAL)),
        national=by_code(read.rows(con, _NATIONAL)),
        descriptors=dict(con.execute(_DESCRIPTORS).fetchall()) | _licensed(home, releases, cited, licences),
        meanings=meanings,
        words=words,
        licences=licences,
        pages=read_pages(con, release, cited),
    )


def _licensed(home: Home, releases: dict[str, Row], cited: dict[str, str], licences: Licences) -> dict[str, str]:
    """The licensed description of each code in the release that its document cites; the first modifier has it."""
    if not licences.owners:
        return {}
    from flows.licensed import licensed_descriptions

    wanted = [releases[release_id] for release_id in sorted(set(cited.values()))]
    rows = licensed_descriptions(home, wanted, licences).reverse().iter_rows(named=True)
    return {row["hcpcs_code"]: row["description"] for row in rows if cited.get(row["hcpcs_code"]) == row["release_id"]}
