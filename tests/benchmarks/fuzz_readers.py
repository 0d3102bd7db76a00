"""Mutates 200,000 lines and files and looks what the readers make of them.

    python -m tests.benchmarks.fuzz_readers --cases 200000 --seed 1

By hand. Most cases are lines of members of the sample and of the made archives of other eras; one case in 100 is a whole member,
one in 1,000 a whole archive, one in 400 a pair of ZIP code files, and one in 5 a line of a payment amount file. Prints how the
cases ended, and each case that ended in neither a sound account nor a sentence; exits with 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz_cases import FindingError, made_members, members, mutated_archive, mutated_file, mutated_lines
from tests.fuzz_others import LINES, mutated_payment_file, mutated_zip_file
from tests.members import sample_archives

_CASES_A_FILE, _CASES_AN_ARCHIVE, _CASES_A_ZIP_FILE, _CASES_A_PAYMENT_LINE = 100, 1_000, 400, 5


def fuzz_lines(random: Random, wanted: int, findings: list[str]) -> Counter[str]:
    ended: Counter[str] = Counter()
    while ended.total() < wanted:
        try:
            ended += mutated_lines(random.randrange(2**32), random.choice(members() + made_members()))
        except FindingError as finding:
            findings.append(str(finding))
            ended["FINDING"] += 1
    return ended


def fuzz_files(random: Random, wanted: int, findings: list[str]) -> Counter[str]:
    ended: Counter[str] = Counter()
    for _ in range(wanted):
        try:
            ended[mutated_file(random.randrange(2**32), random.choice(members() + made_members()))] += 1
        except FindingError as finding:
            findings.append(str(finding))
            ended["FINDING"] += 1
    return ended


def fuzz_archives(random: Random, wanted: int, findings: list[str]) -> Counter[str]:
    ended: Counter[str] = Counter()
    labels = list(sample_archives())
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(wanted):
            try:
                ended[mutated_archive(random.randrange(2**32), random.choice(labels), Path(folder))] += 1
            except FindingError as finding:
                findings.append(str(finding))
                ended["FINDING"] += 1
    return ended


def fuzz_zip_files(random: Random, wanted: int, findings: list[str]) -> Counter[str]:
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(wanted):
            try:
                ended[mutated_zip_file(random.randrange(2**32), Path(folder))] += 1
            except FindingError as finding:
                findings.append(str(finding))
                ended["FINDING"] += 1
    return ended


def fuzz_payment_lines(random: Random, wanted: int, findings: list[str]) -> Counter[str]:
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(wanted // LINES):
            try:
                ended += mutated_payment_file(random.randrange(2**32), Path(folder))
            except FindingError as finding:
                findings.append(str(finding))
                ended["FINDING"] += 1
    return ended


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random, findings, begun = Random(asked.seed), list[str](), time.monotonic()
    archives, files = asked.cases // _CASES_AN_ARCHIVE, asked.cases // _CASES_A_FILE
    zip_files, payment_lines = asked.cases // _CASES_A_ZIP_FILE, asked.cases // _CASES_A_PAYMENT_LINE
    for what, wanted, fuzz in (
        ("archives", archives, fuzz_archives),
        ("files", files, fuzz_files),
        ("pairs of ZIP code files", zip_files, fuzz_zip_files),
        ("lines of payment amount files", payment_lines, fuzz_payment_lines),
        ("lines", asked.cases - archives - files - zip_files, fuzz_lines),
    ):
        ended = fuzz(random, wanted, findings)
        shown = ", ".join(f"{count:,} {outcome}" for outcome, count in ended.most_common())
        print(f"{ended.total():,} mutated {what}: {shown} ({time.monotonic() - begun:.0f} s)", flush=True)
    for finding in findings[:40]:
        print(finding[:600])
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
