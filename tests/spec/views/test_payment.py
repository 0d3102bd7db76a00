"""View payment: what Medicare pays for a code in a locality under one release."""

from __future__ import annotations

from tests.warehouse import Row, answer, factor, gpci, rvu, tiny_warehouse

ALABAMA = gpci("10112", "00", "1.000", "0.869", "0.575")
OFFICE_VISIT = rvu("99213", work="1.30", pe="1.35", facility_pe="0.57", mp="0.10")
FEES = "select hcpcs_code, modifier, nonfacility_fee, facility_fee from payment order by all"
CAPS = (
    "select nonfacility_fee, opps_nonfacility_cap, nonfacility_allowed, facility_fee, opps_facility_cap, facility_allowed "
    "from payment"
)


def imaging(**more: str) -> Row:
    """A scan of 223.33 dollars in Alabama, before a cap."""
    return rvu("70496", work="1.75", pe="5.80", facility_pe="5.80", mp="0.11", **more)  # type: ignore[arg-type]


def test_each_setting_has_its_own_practice_expense() -> None:
    """The non-facility fee takes the non-facility practice expense, the facility fee the facility one. CMS: 81.86 and 59.93."""
    con = tiny_warehouse(rvu=[OFFICE_VISIT], gpci=[ALABAMA], conversion_factor=[factor("32.3465")])
    assert answer(con, FEES) == [("99213", "", "81.86", "59.93")]


def test_a_locality_is_a_contractor_and_a_number() -> None:
    """Alaska and Montana are both locality 01, of different contractors, and each has its own fee."""
    alaska = gpci("02102", "01", "1.500", "1.081", "0.592")
    montana = gpci("03202", "01", "1.000", "1.000", "0.978")
    con = tiny_warehouse(rvu=[OFFICE_VISIT], gpci=[alaska, montana], conversion_factor=[factor("32.3465")])
    found = answer(con, "select mac, locality, nonfacility_fee from payment order by mac")
    assert found == [("02102", "01", "112.20"), ("03202", "01", "88.88")]


def test_a_component_is_priced_by_its_own_row() -> None:
    """The professional (26) and the technical (TC) component have RVUs of their own, and so have 53 rows."""
    rows = [
        rvu("76814", "", work="0.99", pe="1.18", mp="0.03"),
        rvu("76814", "26", work="0.99", pe="0.38", mp="0.02"),
        rvu("76814", "TC", pe="0.80", mp="0.01"),
        rvu("45378", "", work="3.26", pe="6.44", facility_pe="1.79", mp="0.43"),
        rvu("45378", "53", work="1.63", pe="3.22", facility_pe="0.90", mp="0.22"),
    ]
    con = tiny_warehouse(rvu=rows, gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")])
    assert answer(con, FEES) == [
        ("45378", "", "327.67", "177.26"),
        ("45378", "53", "164.00", "88.95"),
        ("76814", "", "71.16", "71.16"),
        ("76814", "26", "44.96", "44.96"),
        ("76814", "TC", "26.20", "26.20"),
    ]


def test_a_setting_marked_na_is_priced_all_the_same() -> None:
    """NA says that the service is rarely done there; CMS's own payment files print the amount, and so does the view."""
    rows = [
        rvu("33510", work="34.98", pe="15.65", mp="8.04", nonfacility_na=True),
        rvu("93925", work="0.80", pe="6.18", mp="0.10", facility_na=True),
    ]
    con = tiny_warehouse(rvu=rows, gpci=[ALABAMA], conversion_factor=[factor("32.3465")])
    found = answer(con, "select hcpcs_code, nonfacility_na, facility_na, nonfacility_fee, facility_fee from payment order by all")
    assert found == [("33510", True, False, "1720.93", "1720.93"), ("93925", False, True, "201.45", "201.45")]


def test_a_code_without_rvus_has_no_row() -> None:
    """No price is no row (view unpriced has the reason), never a row with 0.00."""
    rows = [rvu("D0120", status="R"), rvu("99499", status="C"), rvu("80061", status="X"), rvu("99213", status="B", work="1.30")]
    con = tiny_warehouse(rvu=rows, gpci=[ALABAMA], conversion_factor=[factor()])
    assert answer(con, FEES) == []


def test_restricted_and_injection_codes_with_rvus_are_priced() -> None:
    """Status R and T are paid by their RVUs where they have any."""
    rows = [rvu("G0101", status="R", work="1.00"), rvu("90471", status="T", work="0.50")]
    con = tiny_warehouse(rvu=rows, gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")])
    found = answer(con, "select hcpcs_code, status_code, nonfacility_fee from payment order by all")
    assert found == [("90471", "T", "16.17"), ("G0101", "R", "32.35")]


def test_without_outpatient_rvus_there_is_no_cap() -> None:
    """A missing cap is null, not 0, and the fee is allowed."""
    con = tiny_warehouse(rvu=[imaging()], gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")])
    assert answer(con, CAPS) == [("247.77", None, "247.77", "247.77", None, "247.77")]


def test_a_cap_below_the_fee_binds() -> None:
    """The cap is the same formula with the outpatient practice expense and malpractice and the code's own work."""
    con = tiny_warehouse(
        rvu=[imaging(opps_pe="5.10", opps_mp="0.10")], gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")]
    )
    assert answer(con, CAPS) == [("247.77", "224.81", "224.81", "247.77", "224.81", "224.81")]


def test_a_cap_above_the_fee_is_shown_and_does_not_bind() -> None:
    """93925 in Alabama, 2025: CMS prints the fee 201.45 and the cap 243.24; 201.45 is allowed."""
    duplex = rvu("93925", work="0.80", pe="6.18", mp="0.10", opps_pe="7.66", opps_mp="0.11")
    con = tiny_warehouse(rvu=[duplex], gpci=[ALABAMA], conversion_factor=[factor("32.3465")])
    assert answer(con, CAPS) == [("201.45", "243.24", "201.45", "201.45", "243.24", "201.45")]


def test_each_setting_has_its_own_cap() -> None:
    """The facility cap takes the facility outpatient practice expense (the two differ in one row of RVU09A)."""
    scan = imaging(opps_pe="5.10", opps_mp="0.10") | {"opps_facility_pe_rvu": "4.10"}
    con = tiny_warehouse(rvu=[scan], gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")])
    assert answer(con, CAPS) == [("247.77", "224.81", "224.81", "247.77", "192.46", "192.46")]


def test_derived_charges_follow_the_allowed_amount() -> None:
    """95 % and 109.25 % are taken of the amount after the cap, in each setting."""
    scan = imaging(opps_pe="5.10", opps_mp="0.10") | {"opps_facility_pe_rvu": "4.10"}
    con = tiny_warehouse(rvu=[scan], gpci=[gpci("10112", "00")], conversion_factor=[factor("32.3465")])
    found = answer(
        con,
        "select nonfacility_nonpar_allowed, nonfacility_limiting_charge, facility_nonpar_allowed, facility_limiting_charge "
        "from payment",
    )
    assert found == [("213.57", "245.60", "182.84", "210.26")]


def test_each_conversion_factor_gives_its_own_amounts() -> None:
    """From 2026 qualifying participants have a factor of their own: two rows a code and locality."""
    factors = [factor("33.4009", "non_qp"), factor("33.5675", "qp")]
    visit = rvu("99213", work="1.30", pe="1.46", facility_pe="0.33", mp="0.09")
    con = tiny_warehouse(rvu=[visit], gpci=[gpci("10112", "00")], conversion_factor=factors)
    found = answer(con, "select qp_status, nonfacility_fee, facility_fee from payment order by qp_status")
    assert found == [("non_qp", "95.19", "57.45"), ("qp", "95.67", "57.74")]


def test_releases_do_not_mix() -> None:
    """RVUs, indices and the factor of one payment are all of the same release."""
    con = tiny_warehouse(
        rvu=[rvu("99213", work="1.00"), rvu("99213", work="2.00", release_id="RVU24A")],
        gpci=[gpci("10112", "00", "1.000"), gpci("10112", "00", "1.500", release_id="RVU24A")],
        conversion_factor=[factor("32.3465"), factor("32.7442", release_id="RVU24A")],
    )
    found = answer(con, "select release_id, nonfacility_fee from payment order by release_id")
    assert found == [("RVU24A", "98.23"), ("RVU25D", "32.35")]
