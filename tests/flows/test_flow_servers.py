"""The flow with servers of its own processes, as a user has them. A minute in all, so only on request: PFS_SLOW_TESTS=1."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.refreshing import labels
from tests.slow import takes_minutes
from warehouse.home import Home

ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 120

pytestmark = takes_minutes


@pytest.fixture
def environment(tmp_path: Path, home: Home) -> dict[str, str]:
    """No settings of whoever runs the tests; PREFECT_HOME and PFS_HOME are empty."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PFS_"))}
    return plain | {"PREFECT_HOME": str(tmp_path / "prefect"), "PFS_HOME": str(home.root), "NO_PROXY": "127.0.0.1,localhost"}


def refresh(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows", "refresh", "--source", str(folder), "--all"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)


def stages_of(stderr: str) -> list[str]:
    return [line.split()[1] for line in stderr.splitlines() if not line.startswith("pfs:")]


def test_without_a_server_one_is_started_and_nothing_else_is_heard_of_it(
    environment: dict[str, str], folder: Path, home: Home, tmp_path: Path
) -> None:
    """An empty PREFECT_HOME, then a warm one; a proxy that nobody serves does not matter."""
    proxied = environment | {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    del proxied["NO_PROXY"]
    first, second = refresh(folder, proxied), refresh(folder, proxied)
    assert first.returncode == 0, first.stderr
    assert first.stdout.endswith(f"Published {home.published}.\n")
    lines = first.stderr.splitlines()
    assert lines[0].startswith("pfs: starting a temporary Prefect server (the first time")
    assert stages_of(first.stderr) == ["fetch", "normalize", "load", "derive", "check", "publish"]
    assert second.returncode == 0 and "Nothing to do" in second.stdout
    assert second.stderr.splitlines()[0].startswith("pfs: starting a temporary Prefect server (a few seconds)")
    assert len(second.stderr.splitlines()) == 2
    assert {path.name for path in (tmp_path / "prefect").iterdir()} == {"prefect.db"}, "a memo would mislead a real server"


def test_a_database_of_another_version_is_a_sentence(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "prefect.db").write_text("This is no database. " * 100)
    done = refresh(folder, environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("pfs: The temporary Prefect server did not start. It said: ")
    assert "Traceback" not in done.stderr


def test_the_temporary_server_does_not_outlive_a_killed_run(environment: dict[str, str]) -> None:
    program = (
        "import time\nfrom flows.flow.server import TemporaryServer\nfrom prefect.settings import get_current_settings\n"
        "with TemporaryServer() as server:\n print(server.serve(get_current_settings()), flush=True)\n time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        url = run.stdout.readline().strip()
        assert answers(url)
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + _PATIENCE_SECONDS
    while answers(url):
        assert time.monotonic() < until, "the server is still there"
        time.sleep(0.1)


@pytest.fixture
def real_server(environment: dict[str, str]) -> Iterator[str]:
    """`prefect server start`, with a home of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    quiet = environment | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    began = time.monotonic()
    with subprocess.Popen(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/api"
        until = began + _PATIENCE_SECONDS
        while not answers(url):
            assert process.poll() is None and time.monotonic() < until, "prefect server start did not come up"
            time.sleep(0.2)
        print(f"server start: {time.monotonic() - began:.1f} s")
        yield url
        print(f"server: {peak_of(process.pid)} at its peak")
        process.terminate()


def peak_of(number: int) -> str:
    """The most memory that a process has had, where the system tells it (Linux)."""
    try:
        lines = Path(f"/proc/{number}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "an unknown amount"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("VmHWM")), "an unknown amount")


def test_a_real_server_gets_the_run(environment: dict[str, str], real_server: str, folder: Path, home: Home) -> None:
    done = refresh(folder, environment | {"PREFECT_API_URL": real_server})
    assert done.returncode == 0, done.stderr
    assert home.published.exists()
    assert "temporary" not in done.stderr
    request = urllib.request.Request(
        f"{real_server}/flow_runs/filter", data=b"{}", headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b'"state_name":"Completed"' in answer.read().replace(b": ", b":")


@pytest.mark.skipif(not (ROOT / "prefect.yaml").exists(), reason="prefect.yaml is part of the checkout, not of the wheel")
def test_a_worker_runs_a_deployment_once(environment: dict[str, str], real_server: str, folder: Path, home: Home) -> None:
    """prefect.yaml as it is: deployed, asked for a run of a folder, and run by a process worker that ends after it."""
    served = environment | {"PREFECT_API_URL": real_server, "DO_NOT_TRACK": "1", "PYTHONPATH": str(ROOT)}

    def prefect(*arguments: str) -> str:
        command = [sys.executable, "-m", "prefect", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=served, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    prefect("work-pool", "create", "pfs", "--type", "process")
    prefect("work-pool", "update", "pfs", "--concurrency-limit", "1")
    prefect("--no-prompt", "deploy", "--all")
    deployments = {entry["name"]: entry for entry in asked(real_server, "deployments")}
    assert sorted(deployments) == ["annual", "quarterly", "weekly"]
    for entry in deployments.values():
        assert entry["global_concurrency_limit"]["limit"] == 1
        assert [schedule["active"] for schedule in entry["schedules"]] == [True]
    parameters = ["--param", f"source={folder}", "--param", "all_releases=true"]
    began = time.monotonic()
    prefect("deployment", "run", "refresh/weekly", *parameters)
    log = prefect("worker", "start", "--pool", "pfs", "--run-once")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"worker and run: {time.monotonic() - began:.1f} s; the largest process but the server: {largest} kB (Linux)")
    (run,) = [entry for entry in asked(real_server, "flow_runs") if entry["state_type"] != "SCHEDULED"]
    assert run["state_type"] == "COMPLETED", log
    assert run["state"]["message"] == f"RVU24AR loaded. Published {home.published}."
    artifacts = {entry["key"]: entry["data"] for entry in asked(real_server, "artifacts")}
    assert artifacts.keys() == {"refresh-report", "refresh-members", "refresh-evidence", "refresh-progress"}
    assert "**Published " in artifacts["refresh-report"] and "| RVU24AR.zip | RVU24AR | loaded |" in artifacts["refresh-report"]
    assert json.loads(artifacts["refresh-members"])[0]["release"] == "RVU24AR"
    assert labels(home) == ["RVU24AR"]


def asked(server: str, what: str) -> list[dict[str, Any]]:
    """Everything of one kind that the server has."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server}/{what}/filter", data=b"{}", headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
