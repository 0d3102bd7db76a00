"""The flow as Prefect shows it: task runs, states, logs and artifacts, and what the caller gets.

A run takes a second, so that three runs are made once and looked at from several sides: one that loads two releases while a
third fails, one after it that finds nothing new, and one whose source fails.
"""

from __future__ import annotations

import gc
import logging
import weakref
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows import bring
from flows.discover.discover import Candidate, Wanted
from flows.fetch.fetch import Fetched
from flows.outcome import Result
from tests.flows.conftest import TODAY, LastRun, Run, Seen, folder_with
from tests.refreshing import LIGHT
from tests.slow import slow
from warehouse import read
from warehouse.errors import CheckError, SourceError, SourceUnavailableError
from warehouse.home import CODE, Home

pytestmark = slow


@dataclass(frozen=True)
class Made:
    """A run: where, from what, what it gave, and what Prefect shows of it."""

    home: Home
    source: Path
    result: Result
    seen: Seen


@pytest.fixture(scope="module")
def mixed(run: Run, last_run: LastRun, archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two releases that load, and an archive that is none."""
    place = tmp_path_factory.mktemp("mixed")
    source = folder_with(place / "source", archives["RVU24AR"], archives["RVU26B"])
    with zipfile.ZipFile(source / "RVU25A.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing of the fee schedule")
    home = Home(place / "home")
    return Made(home, source, run(home, source), last_run())


@pytest.fixture(scope="module")
def again(run: Run, last_run: LastRun, mixed: Made) -> Made:
    """The same once more, without the archive that is none."""
    (mixed.source / "RVU25A.zip").unlink()
    return Made(mixed.home, mixed.source, run(mixed.home, mixed.source), last_run())


def test_each_step_of_each_release_is_a_task_run(mixed: Made) -> None:
    assert mixed.seen.tasks == {
        "fetch-archive RVU24AR.zip": "COMPLETED",
        "read-release RVU24AR.zip": "COMPLETED",
        "load-release RVU24AR": "COMPLETED",
        "fetch-archive RVU25A.zip": "COMPLETED",
        "read-release RVU25A.zip": "FAILED",
        "fetch-archive RVU26B.zip": "COMPLETED",
        "read-release RVU26B.zip": "COMPLETED",
        "load-release RVU26B": "COMPLETED",
        "derive-check-publish": "COMPLETED",
    }


def test_a_release_that_fails_keeps_no_other_from_being_published(mixed: Made) -> None:
    assert [outcome.name for outcome in mixed.result.failed] == ["RVU25A.zip"]
    assert [outcome.release_id for outcome in mixed.result.loaded] == ["RVU24AR", "RVU26B"]
    assert mixed.result.published == mixed.home.published and mixed.home.published.exists()


def test_the_state_says_what_failed_and_what_was_published(mixed: Made) -> None:
    assert mixed.seen.state == "FAILED"
    assert mixed.seen.message.startswith("RVU25A.zip failed: RVU25A.zip holds no RVU member")
    assert mixed.seen.message.endswith(f"RVU24AR, RVU26B loaded. Published {mixed.home.published}.")


def test_logs_name_release_and_stage(mixed: Made) -> None:
    words = [tuple(line.split()[:2]) for line in mixed.seen.logs]
    assert {("RVU24AR", "fetch"), ("RVU24AR", "load"), ("RVU26B", "fetch"), ("RVU26B", "load")} <= set(words)
    assert words[-3:] == [("all", "derive"), ("all", "check"), ("all", "publish")]
    assert len(mixed.seen.logs) == len(set(mixed.seen.logs))


def test_the_table_accounts_for_every_line_of_every_member(mixed: Made) -> None:
    rows: list[dict[str, Any]] = mixed.seen.artifacts["refresh-members"]
    with read.open_published(mixed.home) as con:
        members = [row for row in read.members(con) if row["lines"] is not None]
    assert {(row["release"], row["member"], row["lines"]) for row in rows} == {
        (row["release_id"], row["member_name"], row["lines"]) for row in members
    }
    for row in rows:
        assert row["lines"] == row["rows_loaded"] + row["rows_matched"] + row["rows_rejected"] + row["lines_ignored"]


def test_the_report_lists_archives_and_checks(mixed: Made) -> None:
    report = mixed.seen.artifacts["refresh-report"]
    assert report.index("| RVU25A.zip |  | failed |") < report.index("| RVU24AR.zip | RVU24AR | loaded |")
    assert f"{len(mixed.result.checks)} checks ran" in report


def test_the_report_says_what_became_of_the_codes(mixed: Made) -> None:
    """RVU26B against RVU24AR, the governing release before it that is loaded."""
    report = mixed.seen.artifacts["refresh-report"]
    assert "## What became of the codes" in report
    assert "| RVU26B | RVU24AR | revalued |" in report


def test_the_evidence_is_linked_and_the_progress_ends_at_the_end(mixed: Made) -> None:
    assert mixed.seen.artifacts["refresh-evidence"] == f"[The evidence]({(CODE / 'docs' / 'EVIDENCE.md').as_uri()})"
    assert mixed.seen.artifacts["refresh-progress"] == 100.0


def test_parameters_are_plain_values(mixed: Made) -> None:
    assert mixed.seen.name == f"refresh from {mixed.source}"
    assert mixed.seen.parameters == {
        "source": str(mixed.source),
        "releases": [],
        "years": [],
        "all_releases": True,
        "home": str(mixed.home.root),
        "today": "2026-11-22",
        "wait_seconds": 5.0,
    }


def test_a_run_that_finds_nothing_new_is_completed_and_says_so(again: Made) -> None:
    assert not again.result.loaded and again.result.published is None
    assert again.seen.tasks == {"fetch-archive RVU24AR.zip": "COMPLETED", "fetch-archive RVU26B.zip": "COMPLETED"}
    assert (again.seen.state, again.seen.message) == ("COMPLETED", "2 archives hold nothing new. Nothing was published.")
    assert {row["release"] for row in again.seen.artifacts["refresh-members"]} == {"RVU24AR", "RVU26B"}


def test_a_failed_check_reaches_the_caller_as_it_was_and_no_frame_is_kept(
    run: Run, last_run: LastRun, home: Home, folder: Path, prefect_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.flow import flow

    fault = CheckError("The check one_factor found 2 rows.\nNothing was published.")
    loaded: list[weakref.ref[Any]] = []
    load = flow._load_release.fn

    def watched_load(con: Any, content: Any) -> str:
        loaded.append(weakref.ref(content))
        return load(con, content)

    def check(*_: object) -> None:
        gc.collect()
        assert [reference() for reference in loaded] == [None], "Prefect holds the frames of a release after its task"
        raise fault

    monkeypatch.setattr(flow._load_release, "fn", watched_load)
    monkeypatch.setattr("warehouse.check.check", check)
    with pytest.raises(CheckError) as raised:
        run(home, folder)
    seen = last_run()
    assert raised.value is fault
    assert not home.published.exists()
    assert seen.tasks["derive-check-publish"] == "FAILED"
    assert (seen.state, seen.message) == ("FAILED", str(fault))
    assert seen.logs[-1] == f"stopped: {fault}"
    assert "> The check one\\_factor found 2 rows." in seen.artifacts["refresh-report"]
    assert not (prefect_home / "storage").exists(), "a result was stored"


def test_fetch_is_tried_again_only_when_the_source_cannot_be_reached(
    last_run: LastRun, home: Home, archives: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow is called as a deployment calls it. RVU24AR fails twice and then comes; RVU26B is not there at all."""
    from flows.flow import flow

    faults: dict[str, list[Exception]] = {
        "RVU24AR.zip": [SourceUnavailableError("503"), SourceUnavailableError("no answer")],
        "RVU26B.zip": [SourceError("404 Not Found")] * 3,
    }
    calls: list[str] = []

    def fetch(candidate: Candidate, home: Home) -> Fetched:
        calls.append(candidate.name)
        if waiting := faults[candidate.name]:
            logging.getLogger("flows.fetch.download").warning("%s: attempt 2 of 6 in 1.0 s", candidate.name)
            raise waiting.pop(0)
        return bring.fetch_archive(candidate, home)

    monkeypatch.setattr(flow._fetch_archive, "fn", fetch)
    monkeypatch.setattr(flow._fetch_archive, "retry_delay_seconds", [0.0])
    monkeypatch.setattr(flow._finish, "fn", LIGHT.finish)
    source = folder_with(tmp_path / "source", archives["RVU24AR"], archives["RVU26B"])
    state = flow.refresh(source=str(source), years=[2024, 2026], home=str(home.root), return_state=True)
    seen = last_run()
    assert calls == ["RVU24AR.zip", "RVU24AR.zip", "RVU24AR.zip", "RVU26B.zip"]
    assert [outcome.detail for outcome in state.result(raise_on_failure=False).failed] == ["404 Not Found"]
    assert seen.tasks["fetch-archive RVU24AR.zip"] == "COMPLETED"
    assert seen.tasks["fetch-archive RVU26B.zip"] == "FAILED"
    assert seen.logs.count("RVU24AR.zip: attempt 2 of 6 in 1.0 s") == 2
    assert [line for line in seen.logs if "cannot be reached" in line] == [
        "fetch-archive RVU24AR.zip: the source cannot be reached; another try in 15 s",
        "fetch-archive RVU24AR.zip: the source cannot be reached; another try in 60 s",
    ]


def test_no_other_step_is_tried_again(server: str) -> None:
    from flows.flow import flow

    assert [task.retries for task in (flow._read_release, flow._load_release, flow._finish)] == [0, 0, 0]
    assert flow.refresh.retries == 0


def test_a_password_in_the_address_never_becomes_a_parameter(count_runs: Callable[[], int], home: Home) -> None:
    from flows.flow.run import run_flow

    before = count_runs()
    with pytest.raises(SourceError, match="holds a user name or password"):
        run_flow(home, "https://me:secret@127.0.0.1/rvu.zip", Wanted(all=True), TODAY)
    assert count_runs() == before
