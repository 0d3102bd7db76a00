"""What the Prefect flow costs over the direct run, as whole processes, in one run of this program.

    python -m tests.benchmarks.flow_overhead [ROUNDS]

The sample is loaded into an empty home, and then refreshed again with nothing to do: directly; as a flow without a server of
the user's, cold (an empty PREFECT_HOME: Prefect makes its database) and warm; as a flow with a server that runs; and, for
comparison, as a flow whose temporary server Prefect starts by itself with its own settings. Prints the best of the rounds
(default 3; cold runs once), the processor time of all processes, and the ratio to the direct run. By hand; two minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAIN = "from flows.flow.flow import refresh; refresh(source='sample')"
COMMAND = ["-m", "flows", "refresh", "--source", "sample"]


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds on the clock, seconds of processor time with its children."""

    wall: float
    processor: float


def cost(arguments: list[str], environment: dict[str, str]) -> Cost:
    """Runs Python with these arguments to its end."""
    before, began = _processor(), time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    found = Cost(time.perf_counter() - began, _processor() - before)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return found


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def both(arguments: list[str], environment: dict[str, str], folder: Path, rounds: int) -> tuple[Cost, Cost]:
    """The best of the rounds: loading the sample into an empty home, and a refresh after it that has nothing to do."""
    loading, idle = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            there = environment | {"PFS_HOME": home}
            loading.append(cost(arguments, there))
            idle.append(cost(arguments, there))
    return min(loading, key=_wall), min(idle, key=_wall)


def _wall(found: Cost) -> float:
    return found.wall


def with_server(environment: dict[str, str], measure: Callable[[dict[str, str]], tuple[Cost, Cost]]) -> tuple[Cost, Cost]:
    """Measures with a server that runs; the one here is the temporary one, which differs in its pages only."""
    os.environ.update(environment)
    from prefect.settings import get_current_settings

    from flows.flow.server import TemporaryServer

    with TemporaryServer() as server:
        return measure(environment | {"PREFECT_API_URL": server.serve(get_current_settings())})


def main() -> None:
    """Measures every case and prints its line as soon as it is known."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PFS_"))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = plain | {"PREFECT_HOME": str(folder / "ours"), "NO_PROXY": "127.0.0.1,localhost", "DO_NOT_TRACK": "1"}
        its_own = ours | {"PREFECT_HOME": str(folder / "its_own"), "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180"}
        base = both([*COMMAND, "--direct"], plain, folder, rounds)
        _head()
        _line("direct", base, base)
        _line("flow, no server, cold", both(COMMAND, ours, folder, 1)[:1], base)
        _line("flow, no server, warm", both(COMMAND, ours, folder, rounds), base)
        _line("flow, server runs", with_server(ours, lambda there: both(COMMAND, there, folder, rounds)), base)
        _line("Prefect's own start, cold", both(["-c", PLAIN], its_own, folder, 1)[:1], base)
        _line("Prefect's own start, warm", both(["-c", PLAIN], its_own, folder, rounds), base)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _head() -> None:
    print(f"{'':27}{'loading the sample':>32}{'nothing to do':>32}")
    print(f"{'':27}" + f"{'s':>10}{'cpu s':>10}{'ratio':>12}" * 2, flush=True)


def _line(name: str, found: Sequence[Cost], base: Sequence[Cost]) -> None:
    """Seconds, processor seconds and ratio. The second run of a cold case is warm, so that a cold case has one."""
    cells = "".join(f"{c.wall:>10.2f}{c.processor:>10.2f}{c.wall / b.wall:>12.1f}" for c, b in zip(found, base, strict=False))
    print(f"{name:27}{cells}", flush=True)


if __name__ == "__main__":
    main()
