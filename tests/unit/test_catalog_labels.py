"""The catalogue of releases: labels recognised in any name, their addresses, and releases that it has not heard of."""

from __future__ import annotations

from datetime import date

import pytest

from flows.catalog.releases import (
    calendar_faults,
    parse_label,
    provisional,
    release_urls,
    releases,
)
from warehouse.errors import PfsError

NAMES: dict[str | None, list[str]] = {
    "RVU24A": [
        *("RVU24A (1).zip", "RVU24A_1.zip", "RVU24A - Copy.zip", "rvu24a_updated_04_01_2024.zip"),
        *("rvu24a-updated-04/01/2024.zip", "rvu24a-updated-04-01-2024.zip"),
    ],
    "RVU24AR": ["rvu24ar-posted-04_01_2024.zip", "RVU24AR(2).zip"],
    "RVU03A": ["rvu03_a.zip"],
    "RVU05AR": ["rvu05a_r.zip"],
    "RVU05D": ["prrev05d.zip", "PRREV05D"],
    "RVU06AR2": ["rvu06ar2.zip"],
    "RVU18C1": ["RVU18C1.zip"],
    "RVU08AB": ["rvu08ab.zip"],
    "RVU08D": ["RVU08D.ZIP"],
    "RVU10C_PCT22": ["RVU10C_PCT22.zip"],
    "RVU10D_PCT0": ["rvu10d_pct0.zip"],
    "RVU11B_2": ["rvu11b_2.zip", "rvu11b_2 (3).zip"],
    "RVU12B": ["rvu12b-.zip"],
    "RVU20A": ["rvu20a-updated-01312020.zip"],
    "RVU25A": ["File Name\nRVU25A"],
    "RVU25D": ["rvu2025d", "rvu25d-0"],
    "RVU26B": ["rvu26b-updated-05-1-2026.zip"],
    "RVU27A": ["RVU27A.zip"],
    "RVU27AR": ["rvu27ar-updated-02-01-2027.zip"],
    None: [
        *("PPRRVU24_JAN.csv", "PPRRVU2026_Apr_nonQPP.txt", "GPCI2024.csv", "24LOCCO.csv", "RVUPUF09.pdf", ""),
        *("pfrev26a-updated-12-29-2025.zip", "rvu24_apr.zip"),
    ],
}


@pytest.mark.parametrize(("name", "label"), [(name, label) for label, names in NAMES.items() for name in names])
def test_label_in_a_name(name: str, label: str | None) -> None:
    assert parse_label(name) == label


def test_every_address_of_an_archive_leads_back_to_its_release() -> None:
    for release in releases():
        addresses = [found for found in release_urls(release.label) if found.kind == "zip"]
        assert addresses and addresses[0].rank == 1, release.label
        for found in addresses:
            assert parse_label(found.url.split("/downloads/")[-1].split("/files/zip/")[-1]) == release.label


def test_addresses_keep_the_slashes_of_cms_and_the_newest_cut_comes_first() -> None:
    assert release_urls("RVU24A")[0].url == "https://www.cms.gov/files/zip/rvu24a-updated-04/01/2024.zip"
    assert release_urls("RVU26B")[0].url.endswith("/rvu26b-updated-05-01-2026.zip")
    assert release_urls("RVU25D")[-1].url.endswith("/rvu25d-0")
    assert [found.kind for found in release_urls("RVU11D")] == ["zip", "page", "page"]
    assert release_urls("RVU27A") == ()


def test_an_unheard_of_release_gets_its_days_from_its_label() -> None:
    release = provisional("RVU27B")
    assert (release.year, release.quarter, release.governs) == (2027, "B", True)
    assert (release.valid_from, release.valid_to) == (date(2027, 4, 1), date(2027, 6, 30))
    assert (release.published_on, release.published_basis) == (date(2027, 2, 25), "estimated")
    assert release.note.startswith("provisional")
    posted = provisional("RVU27B", published_on=date(2027, 3, 3))
    assert (posted.published_on, posted.published_basis) == (date(2027, 3, 3), "file_slug")


@pytest.mark.parametrize(
    ("label", "supersedes", "governs"),
    [
        ("RVU26DR", "RVU26D", True),
        ("RVU18AR2", "RVU18AR1", True),
        ("RVU12E", "RVU12D", True),
        ("RVU14M", "RVU14A", True),  # March alone, as in 2012
        ("RVU18C", None, False),  # the first posting, whose re-post is known
        ("RVU27A", None, True),
    ],
)
def test_an_unheard_of_release_leaves_the_calendar_unambiguous(label: str, supersedes: str | None, governs: bool) -> None:
    release = provisional(label)
    assert (release.supersedes, release.governs) == (supersedes, governs)
    assert calendar_faults([*releases(), release]) == []


def test_a_revision_of_an_unheard_of_release_supersedes_it() -> None:
    original = provisional("RVU27A")
    revision = provisional("RVU27AR", among=[*releases(), original])
    assert revision.supersedes == "RVU27A" and revision.published_on > original.published_on


@pytest.mark.parametrize("text", ["", "RVU27", "rvu27a", "PRREV27D", "RVU27A.zip", "GPCI2027"])
def test_provisional_refuses_what_is_no_label(text: str) -> None:
    with pytest.raises(PfsError, match="is not a release label"):
        provisional(text)
