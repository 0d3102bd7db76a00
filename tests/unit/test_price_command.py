"""`pfs price`: lines as they are typed, places, dates, settings; what is printed, and the document for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.cli import main
from flows.commands import price_lines
from tests.slow import slow
from tests.warehouse import factor, gpci, release, rvu, settled, tiny_warehouse
from warehouse import read
from warehouse.errors import PfsError

Run = Callable[..., tuple[int, str, str]]
ALABAMA = ("--mac", "10112", "--locality", "00")
DAY = ("--on", "2025-11-03")
RVU = [
    rvu("99213", work="1.30", pe="1.35", facility_pe="0.57", mp="0.10"),
    rvu(
        "27447",
        work="19.60",
        pe="15.30",
        mp="3.98",
        multiple_procedure_indicator="2",
        bilateral_surgery_indicator="1",
        global_days="090",
    ),
    rvu("97110", work="0.45", pe="0.40", mp="0.01", multiple_procedure_indicator="5", pctc_indicator="7"),
    *[
        rvu("70450", modifier, work=work, pe=pe, mp=mp, multiple_procedure_indicator="4", pctc_indicator="1", imaging_family="88")
        for modifier, work, pe, mp in (
            ("", "0.85", "2.35", "0.05"),
            ("26", "0.85", "0.31", "0.04"),
            ("TC", "0.00", "2.04", "0.01"),
        )
    ],
    rvu("33533", work="33.75", pe="12.00", facility_pe="12.00", mp="7.90", nonfacility_na=True),
    rvu("00840", status="J"),
    rvu("36415", status="X"),
]
LATER = [{**row, "release_id": "RVU25E", "work_rvu": "1.40"} for row in RVU[:1]]
# The file of RVU25E prints a factor that no law ever set.
TABLES: dict[str, list[dict[str, Any]]] = {
    "release": [
        release("RVU25D", "2025-10-01", valid_to="2025-11-30", published_on="2025-09-11"),
        release("RVU25E", "2025-12-01", valid_to="2025-12-31", published_on="2025-11-15"),
    ],
    "rvu": RVU + LATER,
    "gpci": [
        gpci("10112", "00", "1.000", "0.869", "0.575", locality_name="ALABAMA"),
        gpci("10112", "00", "1.000", "0.869", "0.575", locality_name="ALABAMA", release_id="RVU25E"),
        *[gpci("01112", number, locality_name=f"CALIFORNIA {number}") for number in ("51", "52")],
    ],
    "conversion_factor": [factor("32.3465"), factor("99.0000", release_id="RVU25E")],
    "anesthesia_cf": [{"mac": "10112", "locality": "00", "locality_name": "ALABAMA", "conversion_factor": "19.31"}],
    "status_code": [],
    "zip_release": [{"zip_release_id": "ZIP25D", "label": "ZIP25D", "year": 2025, "quarter": "D", "valid_from": "2025-10-01"}],
    "zip_locality": [
        {"zip_release_id": "ZIP25D", "zip_code": "35203", "mac": "10112", "locality": "00"},
        {"zip_release_id": "ZIP25D", "zip_code": "94503", "mac": "01112", "locality": "51", "needs_plus_four": True},
    ],
    "zip4_locality": [{"zip_release_id": "ZIP25D", "zip_code": "94503", "plus_four": "1234", "mac": "01112", "locality": "52"}],
}


@pytest.fixture(scope="module")
def made() -> duckdb.DuckDBPyConnection:
    return settled(tiny_warehouse(**TABLES))


@pytest.fixture
def run(
    made: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs `pfs price` on a tiny warehouse; gives exit code, output and errors."""
    monkeypatch.setattr(read, "open_published", lambda _: nullcontext(made))
    monkeypatch.setenv("PFS_HOME", str(tmp_path))

    def runner(*arguments: str) -> tuple[int, str, str]:
        code = main(["price", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, " ".join(printed.err.split())

    return runner


def allowed(document: dict[str, Any], setting: str = "nonfacility") -> list[str | None]:
    """What is allowed for each line of a document."""
    return [entry["allowed"] for entry in document["settings"][setting]["lines"]]


def document(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


# --- one code -------------------------------------------------------------------------------------------------------------


def test_one_code_is_priced_in_both_settings_with_its_formula(run: Run) -> None:
    code, out, _ = run("99213", *ALABAMA, *DAY)
    assert code == 0
    assert "outside facilities: (1.30 x 1.000 + 1.35 x 0.869 + 0.10 x 0.575) x 32.3465 = $81.86" in out
    assert "in facilities: (1.30 x 1.000 + 0.57 x 0.869 + 0.10 x 0.575) x 32.3465 = $59.93" in out


def test_without_a_place_the_national_amount(run: Run) -> None:
    """Every index 1, by date and by release alike."""
    by_day, by_release = document(run, "99213", *DAY), document(run, "99213", "--release", "RVU25D")
    assert by_day["amounts"] == by_release["amounts"]
    assert by_day["amounts"]["nonfacility"]["fee"] == "88.95"
    assert by_day["amounts"]["nonfacility"]["limiting_charge"] == "97.18"


def test_one_code_shows_the_shares_of_medicare_and_of_the_patient(run: Run) -> None:
    """$81.86: 80 % is 65.488, 2 % of 65.49 is 1.3098; not participating $77.77: 62.216, 1.2444. None before April 2013."""
    found = document(run, "99213", *ALABAMA, *DAY)["amounts"]["nonfacility"]
    assert (found["medicare_share"], found["sequestration"], found["coinsurance"]) == ("65.49", "1.31", "16.37")
    nonpar = document(run, "99213", *ALABAMA, *DAY, "--nonpar")["amounts"]["nonfacility"]
    assert (nonpar["allowed"], nonpar["nonpar_allowed"], nonpar["limiting_charge"]) == ("81.86", "77.77", "89.43")
    assert (nonpar["medicare_share"], nonpar["sequestration"], nonpar["coinsurance"]) == ("62.22", "1.24", "15.55")
    _, out, _ = run("99213", *ALABAMA, *DAY)
    assert "coinsurance, 20 %" in out and "$16.37" in out


def test_a_date_takes_the_factor_of_the_law_and_a_release_its_own(run: Run) -> None:
    """RVU25E prints 99.0000, which was never law."""
    on = document(run, "99213", *ALABAMA, "--on", "2025-12-10")["inputs"]
    of = document(run, "99213", *ALABAMA, "--release", "RVU25E")["inputs"]
    assert (on["conversion_factor"], on["conversion_factor_basis"]) == ("32.3465", "law")
    assert (of["conversion_factor"], of["conversion_factor_basis"]) == ("99.0000", "file")


@slow
def test_corrected_takes_the_rvus_of_a_later_release_and_known_on_hides_it(run: Run) -> None:
    """RVU25E raised work from 1.30 to 1.40, and was published on 15 November."""
    plain, corrected = document(run, "99213", *DAY), document(run, "99213", *DAY, "--corrected")
    earlier = document(run, "99213", *DAY, "--corrected", "--known-on", "2025-11-14")
    assert [found["inputs"]["work_rvu"] for found in (plain, corrected, earlier)] == ["1.30", "1.40", "1.30"]
    assert corrected["inputs"]["rvu_release_id"] == "RVU25E"
    assert "RVU25E" in run("99213", *DAY, "--corrected")[1]


def test_a_code_without_a_price_has_a_reason(run: Run) -> None:
    code, out, _ = run("36415", *DAY)
    assert code == 0 and "No price:" in out


@pytest.mark.parametrize("text", [("70450-26",), ("70450", "--modifier", "26")])
def test_the_row_of_a_component_is_a_price_of_its_own(run: Run, text: tuple[str, ...]) -> None:
    """1.20 x 32.3465, written either way."""
    assert document(run, *text, *DAY)["amounts"]["facility"]["fee"] == "38.82"


def test_a_discontinued_procedure_without_a_row_is_by_report(run: Run) -> None:
    assert "no price: by report: a discontinued procedure" in run("99213-53", *DAY)[1]


# --- several lines --------------------------------------------------------------------------------------------------------


def test_a_claim_shows_every_step_and_the_total(run: Run) -> None:
    """1138.09 x 150 % is 1707.135 until it is rounded."""
    code, out, _ = run("27447-50", "99213-25", "70450-TC", *ALABAMA, *DAY)
    assert code == 0
    for text in ("1. 27447-50: $1,707.14", "$1707.135", "2. 99213-25: $81.86", "2. 99213-25: $59.93", "3. 70450-TC: $57.53"):
        assert text in out
    assert "Total allowed $1,846.53: Medicare's share $1,477.22 (less sequestration $29.54), coinsurance $369.31." in out


def test_a_setting_marked_na_is_said_to_be_as_for_a_single_code(run: Run) -> None:
    """The practice expense of the setting repeats the other's, so the amounts alone would not tell."""
    steps = {setting: found["lines"][0]["steps"] for setting, found in document(run, "33533-51", *DAY)["settings"].items()}
    assert [step["what"] for step in steps["nonfacility"]][1] == (
        "practice expense: 12.00 RVU x index 1.000 (NA: rarely or never done there)"
    )
    assert [step["what"] for step in steps["facility"]][1] == "practice expense: 12.00 RVU x index 1.000"
    assert "(NA: rarely or never done there)" in run("33533", *DAY)[1]


def test_units_of_therapy(run: Run) -> None:
    """25.99 in full, and twice 20.36 with half of the practice expense."""
    assert allowed(document(run, "97110x3", *ALABAMA, *DAY)) == ["66.71"]


def test_a_claim_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "claim.csv"
    path.write_text("code,modifiers,units\n27447,50,1\n97110,GP KX,3\n99213,,\n", encoding="utf-8")
    found = document(run, "--claim", str(path), *ALABAMA, *DAY)
    assert [entry["name"] for entry in found["settings"]["facility"]["lines"]] == ["27447-50", "97110-GP-KXx3", "99213"]
    assert allowed(found) == ["1707.14", "66.71", "81.86"]


def test_a_line_without_a_price_leaves_no_total(run: Run) -> None:
    found = document(run, "99213", "36415", *ALABAMA, *DAY)
    assert allowed(found) == ["81.86", None]
    assert found["settings"]["nonfacility"]["allowed"] is None
    assert "No total: 36415 has no price." in run("99213", "36415", *ALABAMA, *DAY)[1]


def test_a_practitioner_who_is_no_physician_is_paid_85_percent(run: Run) -> None:
    assert allowed(document(run, "99213", *ALABAMA, *DAY, "--practitioner", "np")) == ["69.58"]


def test_nonparticipating_amounts_follow_from_the_rounded_line(run: Run) -> None:
    """1707.14 x 95 % and x 1.0925; shares are those of the lower amount."""
    found = document(run, "27447-50", *ALABAMA, *DAY, "--nonpar")["settings"]["facility"]
    assert (found["nonpar_allowed"], found["limiting_charge"]) == ("1621.78", "1865.05")
    assert (found["medicare_share"], found["coinsurance"]) == ("1297.42", "324.36")


# --- anesthesia -----------------------------------------------------------------------------------------------------------


def test_anesthesia_takes_base_units_from_the_command_or_from_the_users_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "anesthesia_base_units.csv").write_text(
        "hcpcs_code,base_units,valid_from,valid_to,source\n00840,6,2009-01-01,,a manual\n", encoding="utf-8"
    )
    asked = ("00840-AA", "--minutes", "95", *ALABAMA, *DAY)
    assert allowed(document(run, *asked)) == ["237.51"]
    assert allowed(document(run, *asked, "--base-units", "7")) == ["256.82"]


def test_anesthesia_needs_a_place_and_one_line(run: Run) -> None:
    assert "anesthesia needs a place" in run("00840-AA", "--minutes", "95", "--base-units", "6", *DAY)[1]
    assert "anesthesia of one session is one line" in run("00840-AA", "00840-AA", *ALABAMA, *DAY)[1]


# --- places ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zip_code", "locality"), [("35203", "00"), ("94503-1234", "52")])
def test_a_zip_code_gives_the_locality(run: Run, zip_code: str, locality: str) -> None:
    assert document(run, "99213", "--zip", zip_code, *DAY)["place"]["locality"] == locality


@pytest.mark.parametrize(
    ("zip_code", "message"),
    [
        (
            "94503",
            "four more digits decide. Give all nine (--zip 94503-1234), or the county (--county NAME), or the locality; that of "
            "its main part is: --mac 01112",
        ),
        ("94503-9999", "does not have 94503-9999, or none is loaded. Give the county (--county NAME) or the locality"),
    ],
)
def test_a_zip_code_that_does_not_decide_lists_what_does(run: Run, zip_code: str, message: str) -> None:
    code, _, err = run("99213", "--zip", zip_code, *DAY)
    assert code == 1 and message in err


@pytest.mark.parametrize(("pos", "first"), [("11", "nonfacility"), ("22", "facility"), ("02", "facility"), ("10", "nonfacility")])
def test_a_place_of_service_puts_its_setting_first(run: Run, pos: str, first: str) -> None:
    assert document(run, "99213", *DAY, "--pos", pos)["order"][0] == first


def test_a_claim_with_a_place_of_service_shows_that_setting_and_the_total_of_the_other(run: Run) -> None:
    out = run("99213", "27447", *ALABAMA, *DAY, "--pos", "22")[1]
    assert "1. 99213: $59.93" in out and "1. 99213: $81.86" not in out
    assert "Outside facilities instead: Total allowed $1,219.95" in out


# --- what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "No code was given."),
        (("9921",), "'9921' is no code"),
        (("99213", "--on", "2025-13-01"), "a date as YYYY-MM-DD was expected"),
        (("99213", "--mac", "10112"), "--mac and --locality belong together"),
        (("99213", "--zip", "abc"), "'abc' is no ZIP code"),
        (("99213", "--county", "Napa"), "--county goes with --zip"),
        (("99213", "--known-on", "2025-11-01"), "--known-on needs a date of service"),
        (("99213", "--corrected"), "--corrected needs a date of service"),
        (("99213", *DAY, "--release", "RVU25D"), "--on and --release exclude each other"),
        (("99213", *DAY, "--known-on", "yesterday"), "a date as YYYY-MM-DD was expected"),
        (("99213", "--zip", "35203", *ALABAMA), "--zip and --mac with --locality exclude each other"),
        (("99213", *DAY, "--pos", "77"), "there is no rule for this place of service"),
        (("99213", "--on", "2025-11-03", "--pos", "10", "--practitioner", "np", "--nonpar"), "always accepts Medicare's amount"),
        (("99213", "27447", "--modifier", "50"), "--modifier goes with one code"),
        (("--claim", "claim.csv", "--modifier", "25"), "write the modifiers in the column modifiers of the file"),
        (("99213", "--minutes", "30"), "--minutes is for anesthesia (status J in RVU25E), and that is not what 99213 is"),
        (("99213", "27447", "--base-units", "6"), "--base-units is for anesthesia"),
        (("99213", "--mac", "abc", "--locality", "00"), "--mac abc: up to five digits were expected"),
        (("00840-AA", *DAY, *ALABAMA, "--base-units", "many"), "base units between 0 and 99 were expected, found 'many'"),
        (("00840-AA", *DAY, *ALABAMA, "--minutes", "99999"), "minutes from 0 to 6000 were expected"),
    ],
)
def test_wrong_arguments_are_said_in_a_sentence_and_end_with_2(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("99213", *DAY, "--known-on", "2025-09-10"), "As known on 2025-09-10, no loaded release governs 2025-11-03"),
        (("99213", "99999", *DAY), "RVU25D has no code 99999"),
        (
            ("99213", "27447", *DAY, "--mac", "10112", "--locality", "77"),
            "Near ones: --mac 10112 --locality 00 ALABAMA. 'pfs sql",
        ),
        (
            ("99213", "--release", "RVU25D", "--mac", "10102", "--locality", "00"),
            "10102/00 is AL-00 (ALABAMA), which was 10112/00 in RVU25D: --mac 10112 --locality 00.",
        ),
        (("--claim", "no-such-file.csv"), "no-such-file.csv cannot be read"),
    ],
)
def test_a_question_without_an_answer_ends_with_1_and_a_sentence(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run(*arguments)
    assert code == 1
    assert message in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("27447", ("27447", (), 1)),
        ("27447-50", ("27447", ("50",), 1)),
        ("g0101-gp-kxX3", ("G0101", ("GP", "KX"), 3)),
        ("9721x", ("9721X", (), 1)),  # five characters are a code, whatever they are
        ("97110x0", None),
        ("97110x1000", None),
        ("97110-5", None),
        ("9711-50", None),
        ("97110-50-", None),
    ],
)
def test_a_line_is_a_code_its_modifiers_and_units(text: str, expected: tuple[str, tuple[str, ...], int] | None) -> None:
    if expected is None:
        with pytest.raises(PfsError):
            price_lines.typed((text,), "")
    else:
        line = price_lines.typed((text,), "")[0]
        assert (line.code, line.modifiers, line.units) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,modifier\n99213,25\n", "line 1: the headings code,modifiers,units were expected, found code,modifier"),
        ("code,modifiers,units\n99213,25,1\n9921,,1\n", "line 3: '9921' is no code"),
        ("code,modifiers,units\n99213,25,two\n", "line 2: units from 1 to 999 were expected, found 'two'"),
        ("code,modifiers,units\n99213,256,1\n", "line 2: modifier '256' is none"),
        ("code,modifiers,units\n99213\n", "line 2: 3 cells were expected, found 1"),
        ("code,modifiers,units\n\n", "holds no line below its headings"),
    ],
)
def test_a_file_of_lines_that_is_not_as_described_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "claim.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PfsError) as caught:
        price_lines.from_file(path)
    assert message in str(caught.value)
