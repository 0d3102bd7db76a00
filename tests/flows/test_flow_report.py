"""The report of a run: what it says, and that nothing from a file becomes markup."""

from __future__ import annotations

from pathlib import Path

from flows.flow.report import failure_report, member_rows, report
from flows.outcome import Outcome, Result
from flows.refresh import sentence
from warehouse.check import CheckResult
from warehouse.errors import ReleaseError
from warehouse.home import Home

LOADED = Outcome("RVU26B.zip", "RVU26B", "loaded", "357 rvu.", "RVU26B")
UNCHANGED = Outcome("RVU25D.zip", "RVU25D", "unchanged", "RVU25D holds this archive already.", "RVU25D")
FAILED = Outcome("RVU25A.zip", "RVU25A", "failed", "No RVU member.", error=ReleaseError("No RVU member."))
PUBLISHED = Path("/srv/pfs.duckdb")


def test_the_sentence_begins_with_what_failed() -> None:
    said = sentence(Result((LOADED, UNCHANGED, FAILED), published=PUBLISHED))
    assert said == ("RVU25A.zip failed: No RVU member. RVU26B loaded. 1 archive holds nothing new. Published /srv/pfs.duckdb.")


def test_the_sentence_of_a_run_without_candidates() -> None:
    assert sentence(Result(())) == "The source has no release that was asked for. Nothing was published."


def test_the_report_lists_failures_first() -> None:
    lines = report("cms", Result((UNCHANGED, LOADED, FAILED), published=PUBLISHED)).splitlines()
    assert lines[0] == "# Refresh from cms"
    assert [line for line in lines if line.startswith("| RVU")] == [
        "| RVU25A.zip | RVU25A | failed | No RVU member. |",
        "| RVU26B.zip | RVU26B | loaded | 357 rvu. |",
        "| RVU25D.zip | RVU25D | unchanged | RVU25D holds this archive already. |",
    ]


def test_only_checks_that_found_rows_are_listed() -> None:
    quiet = CheckResult("one_factor", "error", "One factor a release.", 0, ())
    loud = CheckResult("repeats", "warning", "No repeats.", 1234, ("code=17340", "code=99213"))
    shown = report("cms", Result((LOADED,), checks=(quiet, loud), published=PUBLISHED))
    assert "2 checks ran; 1 of them found rows." in shown
    assert "| repeats | warning | 1,234 | No repeats. | code=17340; code=99213 |" in shown
    assert "one\\_factor" not in shown


def test_text_from_a_file_stays_text() -> None:
    """A cell cannot end, a tag, a link or an image cannot begin, and control characters do not reach the page."""
    hostile = Outcome("a|b.zip", None, "failed", "<script>x</script>\n| ![i](http://e) `c` \x1b[31m")
    shown = report("cms", Result((hostile,)))
    row = next(line for line in shown.splitlines() if line.startswith("| a\\"))
    assert row == "| a\\|b.zip |  | failed | &lt;script&gt;x&lt;/script&gt; \\| \\!\\[i\\](http://e) \\`c\\` ?\\[31m |"


def test_a_failure_is_quoted_line_by_line() -> None:
    shown = failure_report("sample", ReleaseError("First line.\n# Second line."))
    assert shown == "# Refresh from sample\n\n**Nothing was published.**\n\n> First line.\n>\n> \\# Second line.\n"


def test_no_members_without_a_warehouse(tmp_path: Path) -> None:
    assert member_rows(Home(tmp_path), Result((LOADED,))) == []
