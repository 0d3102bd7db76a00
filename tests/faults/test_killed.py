"""kill -9 at a random moment of a refresh; tests/faults/killing.py does it two hundred times over three archives."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.killing import RELEASES, kill_once, prepare
from tests.http_source import HttpSource
from tests.slow import IS_SLOW, slow

# Each kill is a process and a refresh that makes up for it: one over two archives, unless more is asked for.
KILLS, ARCHIVES = (6, RELEASES) if IS_SLOW else (1, RELEASES[:2])


@slow
def test_a_refresh_killed_at_any_moment_is_made_up_for_by_the_next(tmp_path: Path) -> None:
    """The published warehouse is the old or the new one, and the next refresh ends where an undisturbed one ends."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with HttpSource() as source:
        trial = prepare(tmp_path, source, None, is_light=True, releases=ARCHIVES)
        first = chance.randrange(2)  # from the folder or from the server
        for number in range(KILLS):  # one in each part of the run, which begins with loading Python
            part = trial.seconds / KILLS
            kill_once(trial, tmp_path, first + number, part * (number + chance.uniform(0.2, 1.0)))
