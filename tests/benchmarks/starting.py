"""Benchmark (e): commands as whole processes, from the start of Python to the exit."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.measure import Row, Run, clean_environment, middle, run, spread

_RUNS = 9
_COMMANDS: dict[tuple[str, ...], float | None] = {
    ("--help",): 0.4,
    ("code", "17340"): 0.8,
    ("price", "99213", "--mac", "10112", "--locality", "00"): None,
    ("status",): None,
}


def commands(home: Path) -> list[Row]:
    """(e) Commands that read, each several times in turn."""
    environment = clean_environment(PFS_HOME=str(home))
    runs: dict[tuple[str, ...], list[Run]] = {command: [] for command in _COMMANDS}
    for _ in range(_RUNS):
        for command, taken in runs.items():
            taken.append(run(["-m", "flows", *command], environment))
    return [
        Row(f"e  pfs {' '.join(command)}", middle(taken).wall, "s", _COMMANDS[command], spread(taken))
        for command, taken in runs.items()
    ]
