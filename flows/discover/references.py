"""Stage discover for the reference files: which classification of codes, and which years of the procedure summary, a source has.

Reads CMS's data catalogue (`data.json`, DCAT as data.gov asks for), another one at an address, one file at an address, a file or
a folder on the disk, or the embedded sample. Raises `SourceError` when the source has nothing of what is wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flows import catalog
from flows.catalog import Reference
from flows.discover.offer import Candidate, Discovered, Wanted
from flows.discover.site import Visit, read_page
from flows.extract.table_file import fits, heads
from flows.fetch.download import FetchSettings, check_url
from flows.fetch.fetch import name_of
from warehouse.errors import SourceError
from warehouse.home import Home
from warehouse.seen import SeenPages

if TYPE_CHECKING:
    import requests

CMS_DATA = "https://data.cms.gov/data.json"
_DATA_BYTES = 200_000_000
_TABLES = (".csv", ".zip")


@dataclass(frozen=True)
class Listed:
    """One file that a data catalogue lists: its address, the year that it is of, and when it was changed."""

    url: str
    year: int | None
    modified: str


def discover_references(name: str, source: str, wanted: Wanted, home: Home, session: requests.Session) -> Discovered:
    """The wanted files of one kind (rbcs, utilisation) that a source has, oldest year first."""
    reference = catalog.references()[name]
    if source == "cms" or urlsplit(source).path.lower().endswith(".json"):
        found = _from_data_catalogue(name, CMS_DATA if source == "cms" else source, wanted, home, session)
    elif urlsplit(source).scheme in ("http", "https"):
        check_url(source)
        found = [_candidate(name, name_of(source), _year(name_of(source), reference, wanted), urls=(source,))]
    else:
        found = _from_disk(name, Path(source).expanduser(), wanted)
    if not found:
        asked = f" of {', '.join(str(year) for year in wanted.years)}" if wanted.years else ""
        raise SourceError(f"{source} has no file of {name}{asked}. --source names another folder, file or address.")
    return Discovered(sorted(found, key=lambda candidate: str(candidate.label)))


def sample_references(folder: Path) -> list[Candidate]:
    """The reference files of the embedded sample, written to a folder."""
    from flows.references.sample import write_references

    return [
        _candidate(name, path.name, catalog.references()[name].year_of(path.name), path=path.resolve(), is_sample=True)
        for name, path in write_references(folder)
    ]


def _candidate(name: str, file: str, year: int | None, **more: Any) -> Candidate:
    label = f"{catalog.references()[name].label}{year}" if year else None
    return Candidate(file, label, reference=name, **more)


# --- the data catalogue --------------------------------------------------------------------------------------------------


def _from_data_catalogue(name: str, address: str, wanted: Wanted, home: Home, session: requests.Session) -> list[Candidate]:
    settings = FetchSettings(max_bytes=_DATA_BYTES, attempts=4, body_timeout=600.0)
    text, final = read_page(address, Visit(session, SeenPages(home.raw / "pages"), wanted, settings))
    try:
        content = json.loads(text)
        datasets = list(content["dataset"])
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{final} is no data catalogue: JSON with a list 'dataset' was expected. CMS's own is {CMS_DATA}; a file that was "
            "downloaded by hand can be named with --source FILE."
        ) from error
    reference = catalog.references()[name]
    listed = newest_of_each_year(files_listed(datasets, reference))
    if not listed:
        raise SourceError(
            f"{final} lists no csv of a data set whose title fits {reference.title!r} (flows/catalog/reference_kinds.toml). If "
            "CMS renamed it, change the title there; a file that was downloaded by hand can be named with --source FILE."
        )
    chosen = [one for one in listed if one.year in wanted.years] if wanted.years else listed[-_by_default(name) :]
    if wanted.all:
        chosen = listed
    if missing := [str(year) for year in wanted.years if year not in {one.year for one in listed}]:
        had = ", ".join(str(one.year) for one in listed)
        raise SourceError(f"{final} has no {name} of {', '.join(missing)}; it lists {had}.")
    return [_candidate(name, name_of(one.url), one.year, urls=(one.url,)) for one in chosen]


def _by_default(name: str) -> int:
    """How many of the newest years are wanted when none is named: as many as the rule pools; of the classification one."""
    if name == "rbcs":
        return 1
    return int(next(row["rule_value"] for row in catalog.rows("specialty_rule.csv") if row["rule_setting"] == "years_pooled"))


def files_listed(datasets: Iterable[Any], reference: Reference) -> Iterator[Listed]:
    """The csv files (or zips of one) of the data sets with the title of a reference file; what is no mapping is passed over."""
    for dataset in datasets:
        if not isinstance(dataset, dict) or not re.search(reference.title, str(dataset.get("title", ""))):
            continue
        for distribution in dataset.get("distribution") or []:
            url = str(distribution.get("downloadURL") or "") if isinstance(distribution, dict) else ""
            is_table = distribution.get("mediaType") == "text/csv" if url else False
            if url and (is_table or urlsplit(url).path.lower().endswith(_TABLES)):
                yield Listed(url, _listed_year(url, distribution, reference), str(distribution.get("modified") or ""))


def _listed_year(url: str, distribution: dict[str, Any], reference: Reference) -> int | None:
    """The year in the name of the file, else the year in which the time that it covers begins."""
    if (year := reference.year_of(name_of(url))) is not None:
        return year
    covered = re.match(r"(20\d\d)-", str(distribution.get("temporal") or ""))
    return int(covered[1]) if covered else None


def newest_of_each_year(listed: Iterable[Listed]) -> list[Listed]:
    """Of several files of a year the one that was changed last; oldest year first, files without a year before them."""
    newest: dict[int | None, Listed] = {}
    for one in sorted(listed, key=lambda one: one.modified):
        newest[one.year] = one
    return sorted(newest.values(), key=lambda one: one.year or 0)


# --- files ---------------------------------------------------------------------------------------------------------------


def _from_disk(name: str, path: Path, wanted: Wanted) -> list[Candidate]:
    reference = catalog.references()[name]
    if path.is_file():
        return [_candidate(name, path.name, _year(path.name, reference, wanted), path=path.resolve())]
    if not path.is_dir():
        raise SourceError(
            f"--source {path}: neither a folder, nor a file, nor an http(s) address. Check the spelling of the path."
        )
    found = []
    for file in sorted(path.iterdir()):
        if file.is_file() and file.suffix.lower() in _TABLES and _is_of(file, reference):
            year = reference.year_of(file.name)
            if not wanted.years or year in wanted.years:
                found.append(_candidate(name, file.name, year, path=file.resolve()))
    return found


def _is_of(file: Path, reference: Reference) -> bool:
    """Whether a file is of a kind: by its heading; or by its name alone, so that a layout that is not known is reported."""
    is_fitting = any(fits(head, reference.kind) for head in heads(file))
    return is_fitting or re.search(reference.kind.name_hint, file.name) is not None


def _year(file: str, reference: Reference, wanted: Wanted) -> int | None:
    """The year of one file that was named: the one that --year says, else the one in its name."""
    if len(wanted.years) == 1:
        return wanted.years[0]
    return reference.year_of(file)
