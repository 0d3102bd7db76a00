"""What CMS's pages say: rows bound by the row, links of every family, licence pages, fields; and what no page may do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.discover.offer import label_of
from flows.discover.pages import Row, detail, elsewhere, index_rows, label_of_title, resolve, zip_links
from tests.cms_site import INDEX, Posted, detail_page, index_page
from tests.slow import cases

SITE = "https://www.cms.gov"
PAGE = SITE + INDEX
OLD = "/medicare/medicare-fee-for-service-payment/physicianfeesched/pfs-relative-value-files-items"


def rows(*cells: str) -> list[tuple[str, str | None, str]]:
    """Name, label and path of what an index with these rows lists."""
    table = "".join(f"<tr>{row}</tr>" for row in cells)
    found = index_rows(f"<table><tr><th>Name</th><th>File Name</th></tr>{table}</table>", PAGE)
    return [(row.name, row.label, row.address.removeprefix(SITE)) for row in found]


# --- the index -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (f"{INDEX}/rvu26a", "RVU26A"),
        (f"{INDEX}/rvu25d-0", "RVU25D"),
        (f"{INDEX}/2014", "RVU14A"),
        ("/medicare/medicare-fee-service-payment/physicianfeesched/pfs-relative-value-files/rvu23a", "RVU23A"),
        ("/medicaremedicare-fee-service-paymentphysicianfeeschedpfs-relative-value-files/rvu22a", "RVU22A"),
        (f"{OLD}/rvu18ar1", "RVU18AR1"),
        (f"{OLD}/cms1254038", "RVU12A"),
        (f"{OLD}/cms1236933", "RVU10C_PCT22"),
    ],
)
def test_a_row_of_every_family_of_addresses(path: str, label: str) -> None:
    cell = f'<td>20{label[3:5]}</td><td>File Name\n <a href="{path}">{label}</a></td>'
    assert rows(cell) == [(label, label, path)]
    assert rows(cell.replace(SITE, "").replace("href=", "HREF=").replace("<td>", "<TD>")) == [(label, label, path)]


@pytest.mark.parametrize(
    "text",
    [
        f'<a href="{INDEX}/x">RVU08D.ZIP</a>',
        f'<a href="{INDEX}/x">File Name\nRVU08D</a>',
        f'<a href="{INDEX}/x"><span>File Name</span>RVU08D</a>',
        f'File NameRVU08D <a href="{INDEX}/x">open</a>',
        f'<a href="{INDEX}/x">rvu08d</a>',
    ],
)
def test_names_as_narrow_screens_and_old_years_have_them(text: str) -> None:
    [(_, label, path)] = rows(f"<td>2008</td><td>{text}</td>")
    assert (label, path) == ("RVU08D", f"{INDEX}/x")


def test_name_and_link_are_bound_by_the_row_however_many_links_it_has() -> None:
    """Binding by position gives RVU24B the page of RVU24AR, and every row below the page of the one before."""
    assert rows(
        f'<td>2024</td><td><a href="{INDEX}/rvu24a">RVU24A</a> <a href="{INDEX}/rvu24ar">RVU24AR</a></td>',
        f'<td>2024</td><td><a href="{INDEX}/rvu24b">RVU24B</a> <a href="/files/document/notes.pdf">RVU24B notes</a></td>',
        f'<td>2024</td><td><a href="/news">news</a> <a href="{INDEX}/rvu24c">RVU24C</a></td>',
        "<td>2024</td><td>RVU24D</td>",
        f'<td>2023</td><td>RVU23A <a href="/news">news</a> <a href="{INDEX}/2023">open</a></td>',
    ) == [
        ("RVU24A", "RVU24A", f"{INDEX}/rvu24a"),
        ("RVU24AR", "RVU24AR", f"{INDEX}/rvu24ar"),
        ("RVU24B", "RVU24B", f"{INDEX}/rvu24b"),
        ("RVU24C", "RVU24C", f"{INDEX}/rvu24c"),
        ("2023 RVU23A news open", "RVU23A", f"{INDEX}/2023"),
    ]


def test_what_a_link_says_comes_before_where_it_leads() -> None:
    assert rows(f'<td>2025</td><td><a href="{INDEX}/rvu25c">RVU25D</a></td>') == [("RVU25D", "RVU25D", f"{INDEX}/rvu25c")]


def test_a_row_that_names_no_release_is_kept_with_its_year() -> None:
    unnamed, named = f'<a href="{INDEX}/winter">Winter release</a>', f'<a href="{INDEX}/rvu26a">RVU26A</a>'
    html = f"<table><tr><td>2027<td>{unnamed}<tr><td>2026<td>{named}</table>"
    first, _ = index_rows(html, PAGE)
    assert first == Row("2027 Winter release", None, 2027, f"{PAGE}/winter")


def test_links_off_the_site_scripts_and_comments_are_no_rows() -> None:
    assert (
        rows(
            f'<td>2026</td><td><a href="https://example.org{INDEX}/rvu26a">RVU26A</a></td>',
            f'<td>2026</td><td><!-- <a href="{INDEX}/rvu26b">RVU26B</a> --><a href="javascript:void(0)">RVU26B</a></td>',
            f"<td>2026</td><td><script>x = '<a href=\"{INDEX}/rvu26c\">RVU26C</a>'</script></td>",
            '<td>2026</td><td><a href="mailto:someone@example.org">RVU26D</a></td>',
        )
        == []
    )


def test_links_to_releases_on_another_site_are_told_apart() -> None:
    html = (
        '<a href="https://mirror.example.org/rvu26d.zip">October</a><a href="https://mirror.example.org/about">About</a>'
        f'<a href="{INDEX}/rvu26a">RVU26A</a><a href="mailto:rvu26a@example.org">RVU26A</a><a href="https://[bad/rvu26b">RVU26B</a>'
        '<a href="//other.example.org/page">RVU26C</a>'
    )
    assert [(link.label, link.address) for link in elsewhere(html, PAGE)] == [
        ("RVU26D", "https://mirror.example.org/rvu26d.zip"),
        ("RVU26C", "https://other.example.org/page"),
    ]


def test_what_could_move_a_cursor_is_left_out() -> None:
    html = (
        f'<table><tr><td>2027<td><a href="{INDEX}/\x1b[2Jwinter">Win\x1b[31mter</a><tr><td><a href="{INDEX}/x">RVU26A</a></table>'
    )
    assert "\x1b" not in str(index_rows(html, PAGE)[0])


def test_an_index_without_a_table_lists_the_links_that_name_a_release() -> None:
    html = (
        f'<ul><li><a href="{INDEX}/rvu26a">RVU26A</a><li><a href="/about">About RVUs</a><li><a href="x/rvu26b.zip">April</a></ul>'
    )
    assert [(row.label, row.is_archive) for row in index_rows(html, PAGE)] == [("RVU26A", False), ("RVU26B", True)]


def test_the_whole_index_of_the_test_site() -> None:
    posted = [Posted(label, label, f"{OLD}/{label.lower()}", "") for label in ("RVU12A", "RVU26B", "RVU24A", "RVU24AR")]
    found = index_rows(index_page(posted), PAGE)
    assert [(row.label, row.year) for row in found] == [("RVU26B", 2026), ("RVU24A", 2024), ("RVU24AR", 2024), ("RVU12A", 2012)]
    assert all("?" not in row.address and "#" not in row.address for row in found)


# --- detail pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["RVU09A", "RVU19A", "RVU26A"])
def test_a_detail_page_of_each_era(label: str) -> None:
    path = f"/files/zip/{label.lower()}-updated-04/01/2024.zip"
    title = f"Physician Fee Schedule - January 20{label[3:5]} release"
    found = detail(detail_page(Posted(label, label, "", title, {path: label})), f"{PAGE}/{label.lower()}")
    assert found.title == title
    assert [(link.address, link.label) for link in found.archives] == [(SITE + path, label)]


def test_only_the_downloads_of_a_page_count_when_it_has_some() -> None:
    html = (
        '<a href="/files/zip/banner.zip">fee schedule</a>'
        '<h2>Downloads</h2><a href="/files/zip/rvu26b-updated-05-01-2026.zip">April</a>'
        '<h3>Related Links</h3><a href="/files/zip/rvu26b-updated-03-10-2026.zip">RVU26B, March (ZIP)</a>'
        '<footer><a href="/files/zip/all.zip">all</a></footer>'
    )
    assert [link.address.rsplit("/", 1)[-1] for link in detail(html, PAGE).archives] == [
        "rvu26b-updated-05-01-2026.zip",
        "rvu26b-updated-03-10-2026.zip",
    ]
    assert [link.label for link in detail('<a href="/files/zip/x.zip">X</a>', PAGE).archives] == [None]
    assert detail("<h2>Downloads</h2><a href='/x.pdf'>RVU26B (PDF)</a>", PAGE).archives == ()


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("/files/zip/rvu24a-updated-04/01/2024.zip", "/files/zip/rvu24a-updated-04/01/2024.zip"),
        ("/files/zip/rvu26a.zip?agree=yes&next=Accept#x", "/files/zip/rvu26a.zip"),
        (" /apps/ama/license.asp?file=/medicare/downloads/RVU12A.ZIP", "/medicare/downloads/RVU12A.ZIP"),
        ("/apps/ama/license.asp?file= %2Fmedicare%2Fdownloads%2Frvu09a.zip ", "/medicare/downloads/rvu09a.zip"),
        ("/license/ama?file=/files/zip/rvu26b.zip&agree=no", "/files/zip/rvu26b.zip"),
        ("https://cms.gov/files/zip/rvu26b.zip", "https://cms.gov/files/zip/rvu26b.zip"),
        ("http://www.cms.gov/files/zip/rvu26b.zip", "/files/zip/rvu26b.zip"),
        ("../downloads/rvu19a.zip", "/medicare/payment/fee-schedules/downloads/rvu19a.zip"),
    ],
)
def test_where_a_link_leads(href: str, address: str) -> None:
    assert resolve(None, PAGE, href) == (address if address.startswith("http") else SITE + address)


@pytest.mark.parametrize(
    "href",
    [
        *("", "#top", "mailto:x@example.org", "javascript:x()", "ftp://www.cms.gov/x.zip", "//example.org/x.zip", "http://["),
        *(
            "http://www.cms.gov:8080/x.zip",
            "https://user:secret@www.cms.gov/x.zip",
            "/license/ama?file=https://example.org/x.zip",
        ),
    ],
)
def test_links_that_are_not_followed(href: str) -> None:
    assert resolve(None, PAGE, href) is None


def test_a_base_element_counts() -> None:
    html = '<base href="https://www.cms.gov/mirror/"><a href="RVU25A.zip">a</a><a href="RVU25A.zip">again</a>'
    assert zip_links(html, PAGE) == ["https://www.cms.gov/mirror/RVU25A.zip"]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Physician Fee Schedule - January 2027 release", "RVU27A"),
        ("April 2025 release", "RVU25B"),
        ("PFS Relative Value Files for Oct 2025 MPFS", "RVU25D"),
        ("revised for the July 2009 release according to CR6484", "RVU09C"),
        ("does not contain revisions effective June 1", None),
        ("released 01/2027", None),
        (None, None),
    ],
)
def test_the_release_in_a_description(title: str | None, label: str | None) -> None:
    assert label_of_title(title) == label


def test_the_release_in_an_address_with_slashes() -> None:
    assert label_of("https://www.cms.gov/files/zip/rvu24ar-posted-04/01/2024.zip") == "RVU24AR"
    assert label_of("https://www.cms.gov/files/zip/rvu25a%2Dupdated.ZIP") == "RVU25A"
    assert label_of("https://www.cms.gov/files/zip/pfrev26a-updated-12-29-2025.zip") is None


PIECES = st.sampled_from(
    [
        *(
            "<table>",
            "<tr>",
            "<td>",
            "</td>",
            "</table>",
            "<a href='/pfs-relative-value-files/rvu26a'>",
            "<a href=x.zip>",
            "</a>",
        ),
        *("RVU26A", "2026", "Downloads", "File Name", "<script>", "</script>", "<![if", "<!--", "&#x41;", "\x00", "<a"),
        *("<base href='http://['>", "<a href='/license/ama?file=//example.org/y.zip'>"),
    ]
)


@settings(max_examples=cases(50))
@given(st.lists(PIECES | st.text(max_size=8), max_size=15).map("".join))
def test_any_page_is_read_and_leads_nowhere_else(html: str) -> None:
    addresses = [row.address for row in index_rows(html, PAGE)]
    addresses += [link.address for link in detail(html, PAGE).archives] + zip_links(html, PAGE)
    assert all(address.startswith(("https://www.cms.gov", "https://cms.gov")) for address in addresses)
    assert not any("?" in address or "#" in address for address in addresses)
    assert not {link.address for link in elsewhere(html, PAGE)} & set(addresses)
