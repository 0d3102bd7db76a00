"""What changed between the real releases: identities over everything loaded, and figures counted or computed by hand."""

from __future__ import annotations

import duckdb

from tests.slow import slow

EFFECTS = "{0}_rvu_effect + {0}_conversion_factor_effect + {0}_rounding"


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return con.execute(query).fetchall()


@slow
def test_the_parts_of_every_change_add_up_and_rounding_is_below_a_cent(whole: duckdb.DuckDBPyConnection) -> None:
    """Every pair, both settings, both payments of 2026: exact, and what is not RVUs or factor is two roundings to the cent."""
    counts = [
        f"count({setting}_fee_change), "
        f"count(*) filter ({setting}_fee_change <> {EFFECTS.format(setting)}), "
        f"count(*) filter (abs({setting}_rounding) > 0.01), "
        f"count(*) filter (({setting}_fee_before + {setting}_fee_after is null) <> ({setting}_rvu_effect is null))"
        for setting in ("nonfacility", "facility")
    ]
    found = rows(whole, f"select count(*), {', '.join(counts)} from code_comparison where basis <> 'any'")
    assert found == [(667935, *[325129, 0, 0, 0] * 2)]


@slow
def test_the_amounts_of_a_change_are_those_of_the_releases(whole: duckdb.DuckDBPyConnection) -> None:
    """fee_before and fee_after are what national_payment has for the two releases, row by row."""
    found = rows(
        whole,
        """
        select count(*), count(nonfacility_fee_before), count(nonfacility_fee_after),
          count(*) filter (nonfacility_fee_before is distinct from before.nonfacility_fee),
          count(*) filter (facility_fee_after is distinct from after.facility_fee)
        from code_change
        left join national_payment as before
          on before.release_id = from_release_id and before.qp_status = 'non_qp'
          and before.hcpcs_code = code_change.hcpcs_code and before.modifier = code_change.modifier
        left join national_payment as after
          on after.release_id = to_release_id and after.qp_status = 'non_qp'
          and after.hcpcs_code = code_change.hcpcs_code and after.modifier = code_change.modifier
        where basis = 'year'
        """,
    )
    assert found == [(144091, 71346, 72324, 0, 0)]


def test_every_row_of_both_releases_is_compared_once(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU25D has 19,090 rows and RVU26B 19,277: 230 of the one are gone, 417 of the other are new."""
    found = rows(
        whole,
        """
        select count(*), count(distinct (hcpcs_code, modifier)), count(*) filter (change_kind = 'deleted'),
          count(*) filter (change_kind in ('added', 'reactivated'))
        from code_change where basis = 'release' and to_release_id = 'RVU26B'
        """,
    )
    assert found == [(19507, 19507, 230, 417)]
    assert 19090 + 417 == 19277 + 230 == 19507


def test_the_efficiency_adjustment_of_2026(whole: duckdb.DuckDBPyConnection) -> None:
    """Of 8,025 active codes with work in both, 7,287 have 0.975 times the old work, for 255 that rounds away, 429 are exempt."""
    found = rows(
        whole,
        """
        select
          case
            when work_rvu_after = work_rvu_before and round(0.975 * work_rvu_before, 2) = work_rvu_before then 'rounds away'
            when work_rvu_after = work_rvu_before then 'exempt'
            when work_rvu_after = round(0.975 * work_rvu_before, 2) then 'adjusted'
            else 'revalued'
          end as what, count(*)
        from code_change
        where basis = 'release' and to_release_id = 'RVU26B' and status_code_before = 'A' and status_code_after = 'A'
          and work_rvu_before > 0 and work_rvu_after > 0
        group by all order by all
        """,
    )
    assert found == [("adjusted", 7287), ("exempt", 429), ("revalued", 54), ("rounds away", 255)]


@slow
def test_a_period_begins_where_a_release_changed_something(whole: duckdb.DuckDBPyConnection) -> None:
    """code_history and code_change are made apart and agree: each change but a correction begins a period."""
    found = rows(
        whole,
        """
        with begun as (
          select hcpcs_code, modifier, first_release_id as release_id, change_kind
          from code_history where change_kind <> 'first_seen'
        ),
        changed as (
          select hcpcs_code, modifier, to_release_id as release_id, change_kind
          from code_change
          where basis = 'release' and change_kind not in ('unchanged', 'deleted') and not is_correction
        )
        select (select count(*) from begun), (select count(*) from changed),
          (select count(*) from (from begun except from changed)), (select count(*) from (from changed except from begun))
        """,
    )
    assert found == [(78297, 78297, 0, 0)]


@slow
def test_a_life_is_whole(whole: duckdb.DuckDBPyConnection) -> None:
    """Every governing release that has a code lies in one period of it, and each life of it ends where a release lacks it."""
    found = rows(
        whole,
        """
        select (select sum(releases_seen) from code_history),
          (select count(*) from rvu join governing_release using (release_id)),
          (select count(*) from (select distinct hcpcs_code, modifier, life, ended_by_release_id from code_history)
            where ended_by_release_id is not null),
          (select count(*) from code_change where basis = 'release' and change_kind = 'deleted')
        """,
    )
    assert found == [(193442, 193442, 3095, 3095)]


def test_the_corrections_of_2025(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU25D doubled the practice expense of two implantable sensors against RVU25A, within the year."""
    found = rows(
        whole,
        "select hcpcs_code, nonfacility_pe_rvu_before, nonfacility_pe_rvu_after from code_correction order by hcpcs_code",
    )
    assert [(code, f"{before}", f"{after}") for code, before, after in found] == [
        ("0446T", "90.47", "179.53"),
        ("0448T", "84.86", "167.79"),
    ]


def test_the_history_of_17340(whole: duckdb.DuckDBPyConnection) -> None:
    """Its work RVU was 0.76 in 2009, 0.77 from 2015 to 2025, and is 0.75 in 2026: 0.77 x 0.975."""
    found = rows(
        whole,
        "select first_release_id, last_release_id, work_rvu from code_history where hcpcs_code = '17340' order by period",
    )
    assert [(first, last, f"{work}") for first, last, work in found] == [
        ("RVU09A", "RVU09A", "0.76"),
        ("RVU15A", "RVU17A", "0.77"),
        ("RVU19A", "RVU19A", "0.77"),
        ("RVU20A", "RVU20A", "0.77"),
        ("RVU22A", "RVU22A", "0.77"),
        ("RVU24A", "RVU24AR", "0.77"),
        ("RVU25A", "RVU25D", "0.77"),
        ("RVU26B", "RVU26B", "0.75"),
    ]


def test_the_parts_of_a_change_in_a_locality_add_up(whole: duckdb.DuckDBPyConnection) -> None:
    """95 codes in 112 localities from 2015 to 2017, when California was split and contractors had new numbers."""
    sums = "nonfacility_rvu_effect + nonfacility_gpci_effect + nonfacility_conversion_factor_effect + nonfacility_rounding"
    found = rows(
        whole,
        f"select count(*), count(*) filter (nonfacility_fee_change <> {sums}), "
        "count(*) filter (abs(nonfacility_rounding) > 0.01), count(distinct locality_id) "
        "from locality_payment_change('RVU15A', 'RVU17A') where hcpcs_code between '99000' and '99499'",
    )
    assert found == [(10640, 0, 0, 112)]


def test_no_place_is_lost_when_contractors_change(whole: duckdb.DuckDBPyConnection) -> None:
    """65 of 91 localities had another number in 2015 than in 2009; one of Missouri's went into another; 2017 split California."""
    found = rows(
        whole,
        """
        select to_release_id, localities_before, localities_after, localities_begun, localities_ended, localities_renumbered
        from locality_change_summary where basis = 'year' and (localities_renumbered > 0 or localities_ended > 0)
        order by to_release_id
        """,
    )
    assert found == [
        ("RVU15A", 91, 90, 0, 1, 65),
        ("RVU17A", 90, 112, 25, 3, 0),
        ("RVU19A", 112, 112, 0, 0, 4),
        ("RVU24A", 112, 109, 0, 3, 0),
    ]


def test_the_summary_of_2026(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU25D to RVU26B, in the figures that were counted for the efficiency adjustment: 8,025 = 7,287 + 255 + 429 + 54."""
    columns = "codes_before, codes_after, work_compared, work_adjusted, work_rounded_away, work_unchanged, work_revalued"
    found = rows(whole, f"select {columns} from code_change_summary where basis = 'release' and to_release_id = 'RVU26B'")
    assert found == [(19090, 19277, 8025, 7287, 255, 429, 54)]


def test_every_real_release_is_within_its_bounds_but_the_cut_of_2012(whole: duckdb.DuckDBPyConnection) -> None:
    """The gate lets the twelve archives through; it would stop the factor of RVU12A, which is declared with its reason."""
    found = rows(
        whole,
        "select release_id, diff_measure, found, is_accepted, declared_in from release_diff_measure where not is_within",
    )
    assert [(*row[:2], f"{row[2]}", *row[3:]) for row in found] == [
        ("RVU12A", "conversion_factor_ratio", "0.684046", True, "catalogue")
    ]
    assert rows(whole, "select count(*), count(distinct release_id) from release_diff_measure") == [(88, 11)]
