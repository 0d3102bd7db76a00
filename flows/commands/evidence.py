"""The evidence page (docs/EVIDENCE.md): what was verified, against what, and what common wrong formulas would have scored.

Pure: what `pfs verify --evidence` found in, the page as text out. The same files and archives give the same page, byte for
byte; no date and no path of a machine is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.evidence import FORMULAS
from warehouse.verify import Report

_HEAD = """# Evidence

Amounts that CMS published, compared with those of the warehouse row by row, to the cent. This page is generated:

```console
$ pfs verify {files}{release} --evidence docs/EVIDENCE.md
```

on a warehouse that holds {loaded}.
The same files and archives give the same page. `pfs verify FILE` shows the same for any other file of CMS's, and the first rows
that differ, step by step.
"""

_WRONG = """## What common wrong formulas would have scored

Each computation on the same rows: the amounts in localities from the files above, and the rows of the cap tables that are not
declared stale. The first is the one that the warehouse uses (macro `fee`); the others were seen in public projects.
"""

_CAPS = """## CMS's own cap tables

Each release has a member with the outpatient (OPPS) caps of imaging services as CMS computed them. View `opps_cap_comparison`
computes them from the RVUs, indices and factor of the same release, and check `opps_cap_reproduced` looks at every refresh
whether something new differs. Tables that CMS built from other figures are declared in `flows/catalog/stale_caps.csv` with
their extent.
"""

_STALE = """
Where a declaration names the indices or the factor of CMS's table, these reproduce every row that it covers, to the cent, and any
other difference is new. Rows of status C hold a ceiling on the contractor's price.
"""


@dataclass
class Verified:
    """One file of published amounts and what became of it; `scores` are right amounts by computation, for the evidence page."""

    name: str
    sha256: str
    report: Report
    lines: int = 0
    blank: int = 0
    trailers: int = 0
    headings: int = 0
    continued: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    amounts: int = 0
    scores: dict[str, int] = field(default_factory=dict)
    differing: list[dict[str, Any]] = field(default_factory=list)


def page(
    verified: Sequence[Verified],
    caps: dict[str, Any],
    cap_scores: tuple[int, dict[str, int]],
    loaded: Sequence[str],
    release: str | None,
) -> str:
    """The page as text."""
    names = " ".join(dict.fromkeys(item.name.split(" > ")[0] for item in verified))
    asked = f" --release {release}" if release else ""
    parts = [
        _HEAD.format(files=names, release=asked, loaded=_wrapped(loaded)),
        "## Published amounts\n",
        f"Files whose names say a release were compared with {release}, by choice.\n" if release else "",
        _sources(verified),
        _measures(verified),
        _reasons(verified),
        _CAPS,
        _cap_rows(caps),
        _stale_rows(caps),
        _WRONG,
        _formulas(verified, cap_scores),
    ]
    return "\n".join(part for part in parts if part)


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]], texts: int = 1) -> str:
    """A Markdown table; the first `texts` columns are text, the others numbers."""
    marks = ["---" if place < texts else "---:" for place in range(len(headings))]
    lines = [headings, marks, *[[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]]
    return (
        "\n".join("| " + " | ".join(cells) + " |" for cells in lines).replace("| --- ", "|---").replace("| ---: ", "|---:") + "\n"
    )


def _wrapped(names: Sequence[str]) -> str:
    return (", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]) if names else "no release"


def _sources(verified: Sequence[Verified]) -> str:
    headings = (
        "source",
        "sha256",
        "compared with",
        "rows",
        "matched",
        "differing",
        "known wrong, and differing",
        "not comparable",
    )
    rows = [
        (
            f"`{item.name}`",
            f"`{item.sha256[:12]}`",
            ", ".join(sorted(item.report.releases)) or "nothing",
            item.report.rows,
            item.report.matched,
            item.report.differing + item.report.wrong_matched,
            item.report.wrong_differing,
            item.report.not_comparable,
        )
        for item in verified
    ]
    note = "\nKnown wrong: stale or mistaken amounts, which the source itself marks; a right computation differs from them.\n"
    return _table(headings, rows, texts=3) + (note if any(item.report.wrong_differing for item in verified) else "")


def _measures(verified: Sequence[Verified]) -> str:
    rows = [
        (f"`{item.name}`", f"`{measure}`", compared, matched)
        for item in verified
        for measure, (compared, matched) in item.report.measures.items()
        if compared
    ]
    return "Amount by amount, known wrong ones included:\n\n" + _table(("source", "amount", "compared", "matched"), rows, texts=2)


def _reasons(verified: Sequence[Verified]) -> str:
    rows = [(f"`{item.name}`", why, count) for item in verified for why, count in sorted(item.report.reasons.items())]
    return "Not comparable:\n\n" + _table(("source", "because", "rows"), rows, texts=2) if rows else ""


def _cap_rows(caps: dict[str, Any]) -> str:
    names = ("rows", "reproduced", "declared_stale", "not_declared", "listed_twice")
    headings = ("release", "archive", "cap rows", "reproduced", "declared stale", "differing", "under a second contractor")
    rows = [(row["release_id"], f"`{row['archive_sha256'][:12]}`", *(row[name] for name in names)) for row in caps["tables"]]
    total = ("all", "", *(sum(row[name] for row in caps["tables"]) for name in names))
    return _table(headings, [*rows, total], texts=2)


def _stale_rows(caps: dict[str, Any]) -> str:
    rows = [
        (
            row["release_id"],
            row["reason"],
            row["localities"],
            row["rows"],
            row["rows"] - row["contractor_priced"],
            row["contractor_priced"],
        )
        for row in caps["declared_stale"]
    ]
    headings = ("release", "declared stale because", "localities", "rows", "of status A or R", "of status C")
    return "Declared stale, as found in these releases:\n\n" + _table(headings, rows, texts=2) + _STALE if rows else ""


def _formulas(verified: Sequence[Verified], cap_scores: tuple[int, dict[str, int]]) -> str:
    amounts = sum(item.amounts for item in verified)
    caps, right = cap_scores
    headings = ("computation", f"right, of {amounts:,} published amounts", "", f"right, of {caps:,} cap rows", "")
    rows = []
    for name in FORMULAS:
        score = sum(item.scores.get(name, 0) for item in verified)
        rows.append((name, score, _share(score, amounts), right[name], _share(right[name], caps)))
    return _table(headings, rows)


def _share(part: int, whole: int) -> str:
    """A share in per cent with one decimal, cut off so that 100 % means all."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "-"
