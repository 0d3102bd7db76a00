"""The account of a release: every member, what was done with it, and every line of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import polars as pl
import pytest

from flows import catalog
from flows.extract.members import Member
from flows.normalize.account import Unread, account_frames
from flows.normalize.choose import choose
from flows.normalize.normalize import Normalized
from tests.members import normal, replaced, sample_archives, sample_member

Frames = Mapping[str, pl.DataFrame]


@cache
def as_it_is(release: str, name: str) -> Normalized:
    return normal(sample_member(release, name))


def frames(
    release: str, edits: Mapping[str, Callable[[bytes], bytes]] | None = None, unread: list[Unread] | None = None
) -> Frames:
    edits = edits or {}
    found = [
        normal(Member(name, edits[name](content))) if name in edits else as_it_is(release, name)
        for name, content in sample_archives()[release].items()
    ]
    return account_frames(release, choose(release, found), unread or [])


@pytest.mark.parametrize("release", list(sample_archives()))
def test_the_lines_of_every_member_are_rows_rejected_or_ignored(release: str) -> None:
    members = frames(release)["archive_member"]
    assert sorted(members["member_name"]) == sorted(sample_archives()[release])
    for row in members.to_dicts():
        content = sample_archives()[release][row["member_name"]]
        assert row["lines"] == len(content.splitlines()), row["member_name"]
        assert row["lines"] == row["rows_loaded"] + row["rows_matched"] + row["rows_rejected"] + row["lines_ignored"]
        assert row["lines_ignored"] == row["lines_blank"] + row["lines_heading"] + row["lines_note"] + row["lines_end_mark"]
        assert row["member_bytes"] == len(content)
        assert row["member_sha256"] == Member("", content).sha256


@pytest.mark.parametrize("release", ["RVU24A", "RVU26B"])
def test_each_frame_has_the_columns_of_its_table(release: str) -> None:
    for name, frame in frames(release).items():
        assert {"release_id", *frame.columns} == set(catalog.tables()[name].column_names), name


def test_the_loaded_member_of_a_kind_counts_its_rows_as_loaded_and_the_others_as_matched() -> None:
    found = frames("RVU24A")["archive_member"]
    rvu = {row["member_name"]: row for row in found.filter(pl.col("kind") == "rvu").to_dicts()}
    loaded, other = rvu["PPRRVU24_JAN.txt"], rvu["PPRRVU24_JAN.csv"]
    assert (loaded["role"], loaded["rows_loaded"], loaded["rows_matched"]) == ("loaded", 363, 0)
    assert (other["role"], other["rows_loaded"], other["rows_matched"]) == ("cross_checked", 0, 363)
    assert (loaded["layout"], other["layout"]) == ("rvu_text_171", "rvu_csv_31")


def test_a_release_file_is_the_loaded_member_of_each_kind() -> None:
    files = frames("RVU24A")["release_file"]
    assert files.select("kind", "qp_status", "member_name").rows() == [
        ("rvu", "non_qp", "PPRRVU24_JAN.txt"),
        ("gpci", "non_qp", "GPCI2024.csv"),
        ("anesthesia", "non_qp", "ANES2024.csv"),
        ("opps_cap", "non_qp", "OPPSCAP_JAN.txt"),
        ("locality_county", "non_qp", "24LOCCO.csv"),
    ]
    assert files["rows_loaded"].to_list() == [363, 109, 109, 1265, 109]


def test_the_qp_member_only_confirms() -> None:
    found = frames("RVU26B")
    files = {row["qp_status"]: row for row in found["release_file"].filter(pl.col("kind") == "rvu").to_dicts()}
    assert files["non_qp"]["rows_loaded"] == 357
    assert (files["qp"]["rows_loaded"], files["qp"]["rows_matched"]) == (0, 303)
    roles = dict(found["archive_member"].select("member_name", "role").rows())
    assert roles["PPRRVU2026_Apr_QPP.txt"] == "confirmed"
    assert roles["PPRRVU2026_Apr_QPP.csv"] == "cross_checked"


def test_qp_rows_that_medicare_does_not_pay_may_be_missing_and_the_factor_may_differ() -> None:
    assert frames("RVU26B")["member_disagreement"].height == 0


def test_a_value_that_the_qp_member_has_otherwise_is_a_disagreement() -> None:
    def other_work(content: bytes) -> bytes:
        line = next(line for line in content.split(b"\r\n") if line.startswith(b"99213  "))
        return content.replace(line, line[:59] + b"  9.99" + line[65:])

    found = frames("RVU26B", {"PPRRVU2026_Apr_QPP.txt": other_work})["member_disagreement"]
    between = found.filter(pl.col("member_name") == "PPRRVU2026_Apr_nonQPP.txt").to_dicts()
    assert [(row["row_key"], row["column_name"], row["other_value"]) for row in between] == [("99213", "work_rvu", "9.99")]
    assert between[0]["other_member_name"] == "PPRRVU2026_Apr_QPP.txt"
    assert between[0]["decision"] is None


def test_rejected_rows_are_kept_with_member_line_text_and_reason() -> None:
    edit = replaced("10112,0,ALABAMA ,", "10112,123,ALABAMA ,")
    kept_out = frames("RVU24A", {"24LOCCO.csv": edit})["rejected_row"].filter(pl.col("member_name") == "24LOCCO.csv")
    row = kept_out.filter(~pl.col("reason").str.contains("repeats")).row(0, named=True)
    assert row["kind"] == "locality_county"
    assert row["line_number"] == 5
    assert row["text"].startswith("10112,123,ALABAMA ,")
    assert row["reason"].startswith("locality is '123': text of the form")


def test_repairs_are_counted_by_member_and_column() -> None:
    repairs = frames("RVU24A")["member_repair"].filter(pl.col("member_name") == "24LOCCO.csv")
    counted = {(row["column_name"], row["repair"]): row["rows_repaired"] for row in repairs.to_dicts()}
    lines = [line.split(",") for line in sample_member("RVU24A", "24LOCCO.csv").lines]
    short = sum(1 for cells in lines if cells[0].strip().isdigit() and len(cells[0].strip()) == 4)
    assert short > 5
    assert counted[("mac", "leading_zeros")] == short


def test_a_member_that_was_not_read_is_listed_with_the_reason() -> None:
    unread = [Unread(Member("RVUPUF24.pdf", b"%PDF"), "document", "no data")]
    found = frames("RVU24A", unread=unread)["archive_member"].filter(pl.col("role") == "document").to_dicts()
    assert [(row["member_name"], row["reason"], row["member_bytes"], row["lines"]) for row in found] == [
        ("RVUPUF24.pdf", "no data", 4, None)
    ]
