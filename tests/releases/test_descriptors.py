"""No description of the CPT or of a dental code leaves the warehouse: held against those that the real archives hold.

The descriptions are read from the archives when the test runs, by other code than the pipeline's, and are never kept.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.export.export import ExportWish, make_export
from flows.export.relations import relations
from flows.feed.feed import Wish, make_feed
from flows.notices import Licences
from flows.outcome import Result
from flows.words.protected import protected_words
from flows.words.words import EXAMPLES, read_folder
from tests.refreshing import TODAY
from tests.slow import slow, takes_minutes
from warehouse.home import Home

PUNCTUATION = re.compile(r"[\"'|,;:\t\n\r<>()\[\]{}`\\]+")


@pytest.fixture(scope="module")
def descriptions(shared: Path) -> set[str]:
    """Every description of ten characters and two words or more of a CPT or dental code, in lower case."""
    found: set[str] = set()
    for path in sorted((shared / "cms").glob("RVU*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if "pprrvu" in name.lower() and name.lower().endswith(".csv"):
                    text = io.TextIOWrapper(archive.open(name), encoding="cp1252", errors="replace", newline="")
                    for row in csv.reader(text):
                        if len(row) > 30 and re.fullmatch(r"[0-9A-Z]{5}", row[0]) and not re.match(r"[A-CE-Z]\d{4}$", row[0]):
                            found.add(row[2].strip().lower())
    return {words for words in found if len(words) >= 10 and " " in words}


def hits(text: str, descriptions: set[str]) -> set[str]:
    return {part.strip(" .-#*") for part in PUNCTUATION.split(text.lower())} & descriptions


def test_the_archives_hold_descriptions_and_the_search_finds_them(descriptions: set[str]) -> None:
    """Else the tests below would pass whatever is there."""
    assert len(descriptions) > 10_000
    some = next(words for words in sorted(descriptions) if not PUNCTUATION.search(words))
    assert hits(f'{{"text": "of note, {some.upper()}", "more": 1}}', descriptions) == {some}


def test_the_fingerprints_are_those_of_the_descriptions(descriptions: set[str], whole: duckdb.DuckDBPyConnection) -> None:
    known = {mark for (mark,) in whole.execute("select fingerprint from protected_descriptor").fetchall()}
    sample = sorted(descriptions)[::50]
    marks = [whole.execute("select descriptor_fingerprints(?)[-1]", [words]).fetchone() for words in sample]
    missing = [1 for mark in marks if mark and mark[0] not in known]
    assert not missing, f"{len(missing)} of {len(sample)} descriptions have no fingerprint"


@slow
def test_no_exported_text_of_the_whole_history_is_a_description(descriptions: set[str], whole: duckdb.DuckDBPyConnection) -> None:
    """Every text column of every table that is exported; views take theirs from these."""
    looked_at = 0
    for relation in relations(whole):
        is_view = whole.execute("select 1 from duckdb_views() where view_name = ?", [relation.name]).fetchone()
        if is_view and relation.name != "public_descriptor":
            continue
        for column in (name for name, kind, _ in relation.columns if kind == "VARCHAR"):
            texts = whole.execute(f"select distinct {column} from {relation.name} where length({column}) >= 10").fetchall()
            looked_at += len(texts)
            found = [1 for (text,) in texts if hits(text, descriptions)]
            assert not found, f"{relation.name}.{column}: {len(found)} texts"
    assert looked_at > 7_000


def test_the_examples_of_words_hold_none(descriptions: set[str], whole: duckdb.DuckDBPyConnection) -> None:
    words = read_folder(EXAMPLES)
    assert [entry.code for entry in words.values() if hits(entry.path.read_text(), descriptions)] == []
    assert protected_words(whole, words.values(), Licences()) == []


def texts_of(root: Path) -> Iterator[tuple[str, str]]:
    """Every file of an output as text; of Parquet, the text columns."""
    for path in (path for path in root.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            with duckdb.connect() as con:
                for row in con.execute("describe select * from read_parquet(?)", [str(path)]).fetchall():
                    if "VARCHAR" in row[1]:
                        query = f'select string_agg(distinct cast("{row[0]}" as varchar), chr(10)) from read_parquet(?)'
                        (text,) = con.execute(query, [str(path)]).fetchone() or ("",)
                        yield f"{path.relative_to(root)} {row[0]}", text or ""
        else:
            yield str(path.relative_to(root)), path.read_text(encoding="utf-8")


@takes_minutes
def test_no_file_of_a_feed_or_export_of_the_whole_history_holds_a_description(
    descriptions: set[str], first_refresh: tuple[Home, Result], tmp_path: Path
) -> None:
    """Byte for byte what would go out; of the export two releases, since all of them take many minutes."""
    home, _ = first_refresh
    make_feed(home, tmp_path / "feed", Wish(TODAY))
    make_export(home, tmp_path / "export", ExportWish(releases=("RVU26B", "RVU09A")))
    searched = 0
    for folder in ("feed", "export"):
        for name, text in texts_of(tmp_path / folder):
            found = hits(text, descriptions)
            assert not found, f"{name}: {len(found)} descriptions"
            searched += 1
    assert searched > 20_000
