"""discover for the reference files: CMS's data catalogue on the loopback, addresses, folders, and what each lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.cli import main
from flows.discover import references
from flows.discover.discover import Discovered, Wanted, discover
from flows.fetch.download import FetchSettings
from flows.refresh import refresh
from tests.http_source import HttpSource, page, status, whole
from tests.reference_files import HEADING_2010, HEADING_2020, RBCS_17, row, write
from tests.refreshing import LIGHT, query
from tests.slow import slow
from tests.unit.test_rbcs import ROWS_17
from warehouse.errors import ArchiveError, SourceError, WarehouseError
from warehouse.home import Home

TODAY = date(2026, 11, 22)
CSV = "text/csv"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def source() -> Iterator[HttpSource]:
    with HttpSource() as opened:
        yield opened


def wanted(name: str, *years: int, is_all: bool = False) -> Wanted:
    return Wanted.of([name], years, is_all)


def labels(found: Discovered) -> list[str | None]:
    return [candidate.label for candidate in found.candidates]


def distribution(url: str, temporal: str = "", modified: str = "2025-07-01", **more: str) -> dict[str, str]:
    return {
        "@type": "dcat:Distribution",
        "downloadURL": url,
        "mediaType": CSV,
        "temporal": temporal,
        "modified": modified,
        **more,
    }


def catalogue(source: HttpSource, **datasets: list[dict[str, str]]) -> str:
    """Serves a data catalogue in the structure of data.cms.gov: titles with blanks as underscores here."""
    content = {"dataset": [{"title": title.replace("_", " "), "distribution": found} for title, found in datasets.items()]}
    source.on("/data.json", page(json.dumps(content)))
    return source.url("/data.json")


def psps(source: HttpSource, folder: str, name: str) -> dict[str, str]:
    return distribution(source.url(f"/sites/default/files/{folder}/{name}"), modified=folder)


SUMMARY = "Physician/Supplier_Procedure_Summary"


def test_years_of_the_data_catalogue_are_told_by_name_or_by_the_time_that_they_cover(home: Home, source: HttpSource) -> None:
    """The API entries beside each file, another data set with a similar name, and files of other kinds are passed over."""
    address = catalogue(
        source,
        **{
            SUMMARY: [
                psps(source, "2020-11", "PSPS_2019_SUPPRESS.csv"),
                psps(source, "2023-08", "a1/Physician_Supplier_Procedure_Summary_2022_0.csv"),
                distribution(source.url("/files/summary.csv"), temporal="2023-01-01/2023-12-31"),
                {"@type": "dcat:Distribution", "format": "API", "accessURL": source.url("/data-api/v1/dataset/x/data")},
                distribution(source.url("/files/PSPS_2018.pdf"), mediaType="application/pdf"),
            ],
            "Physician_Fee_Schedule": [psps(source, "2024-01", "PSPS_2024.csv")],
        },
    )
    assert labels(discover(address, wanted("utilisation", is_all=True), home, TODAY)) == ["PSPS2019", "PSPS2022", "PSPS2023"]
    assert labels(discover(address, wanted("utilisation", 2022), home, TODAY)) == ["PSPS2022"]
    with pytest.raises(SourceError, match=r"has no utilisation of 2017; it lists 2019, 2022, 2023"):
        discover(address, wanted("utilisation", 2017, 2022), home, TODAY)
    with pytest.raises(SourceError, match=r"lists no csv of a data set.*reference_kinds\.toml"):
        discover(address, wanted("rbcs"), home, TODAY)


def test_without_a_year_the_newest_three_are_wanted_and_of_a_year_the_file_that_was_changed_last(
    home: Home, source: HttpSource
) -> None:
    found = [psps(source, f"{year + 2}-07", f"PSPS_{year}.csv") for year in range(2019, 2025)]
    again = psps(source, "2026-12", "again/PSPS_2023.csv")
    address = catalogue(source, **{SUMMARY: [again, *found], "Restructured_BETOS_Classification_System": []})
    newest = discover(address, wanted("utilisation"), home, TODAY)
    assert labels(newest) == ["PSPS2022", "PSPS2023", "PSPS2024"]
    assert newest.candidates[1].urls == (again["downloadURL"],)


def test_cms_means_its_own_data_catalogue(home: Home, source: HttpSource, monkeypatch: pytest.MonkeyPatch) -> None:
    title = "Restructured_BETOS_Classification_System"
    address = catalogue(
        source, **{title: [psps(source, "2025-05", "RBCS_RY_2024.csv"), psps(source, "2026-05", "RBCS%20Taxonomy_RY2025.csv")]}
    )
    monkeypatch.setattr(references, "CMS_DATA", address)
    assert labels(discover("cms", wanted("rbcs"), home, TODAY)) == ["RBCS2025"]
    assert labels(discover("cms", wanted("rbcs", 2024), home, TODAY)) == ["RBCS2024"]


@pytest.mark.parametrize("body", ["<html>moved</html>", "[]", '{"dataset": 5}', '{"dataset": [5, {"title": null}]}'])
def test_what_is_no_data_catalogue_is_said_to_be_none(home: Home, source: HttpSource, body: str) -> None:
    source.on("/data.json", page(body))
    with pytest.raises(SourceError, match=r"is no data catalogue|lists no csv"):
        discover(source.url("/data.json"), wanted("rbcs"), home, TODAY)


def test_a_folder_gives_the_files_that_have_the_heading_whatever_they_are_called(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder / "of 2019.csv", [HEADING_2010, row("17000", "07", 20, heading=HEADING_2010)])
    write(folder / "PSPS_2021.csv", ["a new heading,that nobody knows"])
    write(folder / "classes.csv", [RBCS_17, *ROWS_17])
    write(folder / "other 2020.csv", ["a,b", "1,2"])
    assert labels(discover(str(folder), wanted("utilisation"), home, TODAY)) == ["PSPS2019", "PSPS2021"]
    assert labels(discover(str(folder), wanted("utilisation", 2019), home, TODAY)) == ["PSPS2019"]
    assert [c.name for c in discover(str(folder), wanted("rbcs"), home, TODAY).candidates] == ["classes.csv"]
    with pytest.raises(SourceError, match="has no file of utilisation of 2018"):
        discover(str(folder), wanted("utilisation", 2018), home, TODAY)
    with pytest.raises(SourceError, match=r"neither a folder, nor a file, nor an http\(s\) address"):
        discover(str(tmp_path / "nowhere"), wanted("rbcs"), home, TODAY)


def test_what_a_flow_is_given_is_what_was_asked_for() -> None:
    """The names and years of a run are its parameters (flows/flow/run.py); labels and a reference file do not mix."""
    for asked in (wanted("rbcs"), wanted("utilisation", 2022, 2023), Wanted(labels=("RVU25D",), years=(2024,))):
        assert Wanted.of(asked.names, asked.years, asked.all) == asked
    assert main(["refresh", "rbcs", "RVU25D", "--direct"]) == 2


# --- the whole way -------------------------------------------------------------------------------------------------------


@slow
def test_a_file_comes_over_http_into_the_raw_store_once_and_a_recut_is_a_new_edition(home: Home, source: HttpSource) -> None:
    def body(services: int) -> bytes:
        return f"{HEADING_2020}\r\n{row('17000', '07', services)}\r\n".encode()

    url = source.on("/files/PSPS_2023.csv", whole(body(20), etag='"1"'), whole(body(20), etag='"1"'), whole(body(30), etag='"2"'))
    first = refresh(home, url, wanted("utilisation"), TODAY, LIGHT)
    assert [outcome.release_id for outcome in first.loaded] == ["PSPS2023"]
    (stored,) = home.raw.glob("*.csv")
    assert stored.read_bytes() == body(20)
    assert refresh(home, url, wanted("utilisation"), TODAY, LIGHT).published is None
    again = refresh(home, url, wanted("utilisation"), TODAY, LIGHT)
    assert [outcome.release_id for outcome in again.loaded] == ["PSPS2023.2"]
    found = query(home, "select reference_release_id, visible_services from utilisation_count order by 1")
    assert [(name, int(services)) for name, services in found] == [("PSPS2023", 20), ("PSPS2023.2", 30)]


def test_a_page_in_the_place_of_a_file_is_no_csv(home: Home, source: HttpSource) -> None:
    url = source.on("/files/PSPS_2023.csv", page("<!DOCTYPE html><html><body>Sorry, we have moved</body></html>"))
    result = refresh(home, url, wanted("utilisation"), TODAY, LIGHT)
    assert isinstance(result.failed[0].error, ArchiveError)
    assert "is an HTML page, not a csv file" in str(result.failed[0].error)
    assert not home.published.exists()


def test_a_year_may_be_given_for_a_file_whose_name_does_not_tell(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "summary.csv", [HEADING_2020, row("17000", "07", 20)])
    assert "which year" in str(refresh(home, str(path), wanted("utilisation"), TODAY, LIGHT).failed[0].error)
    loaded = refresh(home, str(path), wanted("utilisation", 2021), TODAY, LIGHT).loaded
    assert [outcome.release_id for outcome in loaded] == ["PSPS2021"]


@slow
def test_what_is_loaded_is_read_again_when_definitions_changed_and_kept_when_releases_come(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the year that was given, which the file does not tell."""
    psps_file = write(tmp_path / "summary.csv", [HEADING_2020, row("17000", "07", 20)])
    refresh(home, str(psps_file), wanted("utilisation", 2021), TODAY, LIGHT)
    refresh(home, str(write(tmp_path / "classes.csv", [RBCS_17, *ROWS_17])), wanted("rbcs"), TODAY, LIGHT)
    found = "select reference_release_id, loaded_at from reference_release order by 1"
    before = query(home, found)
    psps_file.unlink()
    monkeypatch.setattr("flows.plan.definition_hash", lambda: "changed")
    later = write(tmp_path / "PSPS_2022.csv", [HEADING_2020, row("17000", "02", 20)])
    result = refresh(home, str(later), wanted("utilisation"), TODAY, LIGHT)
    assert "definitions" in " ".join(result.notes)
    assert query(home, found)[:1] + query(home, found)[2:] == before
    assert query(home, "select count(*) from rbcs_assignment") == [(5,)]


def test_a_stored_file_that_changed_is_not_read_again(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(home, str(write(tmp_path / "classes.csv", [RBCS_17, *ROWS_17])), wanted("rbcs"), TODAY, LIGHT)
    (stored,) = home.raw.glob("*.csv")
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes() + b"\r\n")
    monkeypatch.setattr("flows.plan.definition_hash", lambda: "changed")
    with pytest.raises(WarehouseError, match="has changed since it was stored"):
        refresh(
            home, str(write(tmp_path / "PSPS_2022.csv", [HEADING_2020, row("17000", "02", 20)])), wanted("utilisation"), TODAY
        )


def test_a_file_that_is_gone_is_a_sentence(home: Home, source: HttpSource) -> None:
    url = source.on("/files/PSPS_2023.csv", status(404))
    (failed,) = refresh(home, url, wanted("utilisation"), TODAY, LIGHT).failed
    assert "404" in failed.detail
    assert FetchSettings().max_bytes < 10**9 < references.catalog.references()["utilisation"].max_bytes
