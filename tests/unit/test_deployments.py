"""prefect.yaml, the cron lines and the timer say the same: three schedules, one run at a time, parameters of the flow."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from cronsim import CronSim

from flows import catalog
from warehouse.home import CODE

yaml = pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def deployments() -> dict[str, dict[str, Any]]:
    if not (CODE / "prefect.yaml").exists():
        pytest.skip("prefect.yaml is part of the checkout, not of the wheel")
    content = yaml.safe_load((CODE / "prefect.yaml").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in content["deployments"]}


def days(expression: str, year: int = 2027) -> list[datetime]:
    """Every time of a year at which a cron expression fires."""
    found = []
    for moment in CronSim(expression, datetime(year - 1, 12, 31, 23, 59, tzinfo=UTC)):
        if moment.year > year:
            return found
        found.append(moment)
    return found


def test_there_are_three_each_with_one_schedule_and_one_run_at_a_time(deployments: dict[str, dict[str, Any]]) -> None:
    assert list(deployments) == ["annual", "quarterly", "weekly"]
    for entry in deployments.values():
        assert entry["entrypoint"] == "flows/flow/flow.py:refresh"
        assert entry["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
        assert len(entry["schedules"]) == 1 and entry["schedules"][0]["timezone"] == "America/New_York"


def test_their_parameters_are_those_of_the_flow(deployments: dict[str, dict[str, Any]]) -> None:
    source = (CODE / "flows" / "flow" / "flow.py").read_text(encoding="utf-8")
    head = inspect.cleandoc(source[source.index("def refresh(") : source.index(") -> State[Any]:")])
    names = [line.split(":")[0].strip() for line in head.splitlines()[1:] if ":" in line]
    for entry in deployments.values():
        assert list(entry["parameters"]) == names


def test_when_they_run(deployments: dict[str, dict[str, Any]]) -> None:
    times = {name: days(entry["schedules"][0]["cron"]) for name, entry in deployments.items()}
    assert {moment.month for moment in times["annual"]} == {1, 11, 12}
    assert all(moment.weekday() < 5 for moment in times["annual"])
    assert {moment.month for moment in times["quarterly"]} == {3, 4, 6, 7, 9, 10}
    assert len(times["weekly"]) == 52 and all(moment.weekday() == 6 for moment in times["weekly"])


def test_the_cron_lines_are_lines_that_cron_takes() -> None:
    lines = (CODE / "docs" / "operate" / "crontab").read_text(encoding="utf-8").splitlines()
    jobs = [line for line in lines if line and not line.startswith("#") and "=" not in line.split()[0]]
    assert len(jobs) == 5
    runbook = (CODE / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
    assert [
        name for name in catalog.references() for job in jobs if f"pfs refresh {name} --direct" in job and job in runbook
    ] == [
        "rbcs",
        "utilisation",
    ]
    for line in jobs:
        assert days(" ".join(line.split()[:5]))
        assert "pfs refresh" in line and "--direct" in line and "%" not in line
