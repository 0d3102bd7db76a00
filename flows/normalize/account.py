"""What a release's members are accounted for: lines, rows kept out, repairs, differences between members.

Belongs to stage normalize. Pure: choices in, a frame for each table of the account out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from flows import catalog
from flows.extract.members import Member
from flows.normalize.choose import DISAGREEMENT_SCHEMA, Choice, disagreements
from flows.normalize.normalize import Normalized

# QP and non-QP members differ in these by definition.
_QP_COLUMNS = ("conversion_factor", "pricing_indicator")
_POLARS_TYPES = {"VARCHAR": pl.String, "INTEGER": pl.Int32, "BIGINT": pl.Int64}


@dataclass(frozen=True)
class Unread:
    """A member that was not read, and why; `role` is unread or document."""

    member: Member
    role: str
    reason: str


def account_frames(label: str, choices: list[Choice], unread: list[Unread]) -> dict[str, pl.DataFrame]:
    """Tables release_file, archive_member, rejected_row, member_repair and member_disagreement of one release."""
    files, members, rejected, repairs, differing = [], [], [], [], []
    for choice in choices:
        is_extra = choice.kind == "rvu" and choice.qp_status == "qp"
        parts = [(choice.loaded, "confirmed" if is_extra else "loaded")]
        parts += [(compared.other, "cross_checked") for compared in choice.compared]
        for item, role in parts:
            account = _account(item, role, choice.qp_status)
            members.append(account)
            if item is choice.loaded:
                files.append({**account, "kind": choice.kind})
            rejected.append(_with(item.rejected, kind=choice.kind, member_name=item.extract.member.name))
            repairs += [
                {
                    "kind": choice.kind,
                    "member_name": item.extract.member.name,
                    "column_name": repair.column,
                    "repair": repair.repair,
                    "rows_repaired": repair.rows,
                }
                for repair in item.repairs
            ]
        differing += [_disagreement_frame(choice, other.other, other.disagreements) for other in choice.compared]
    differing += _qp_disagreements(label, choices)
    members += [_unread_row(item) for item in unread]
    return {
        "release_file": _typed("release_file", files),
        "archive_member": _typed("archive_member", members),
        "rejected_row": pl.concat(rejected),
        "member_repair": _typed("member_repair", repairs),
        "member_disagreement": pl.concat(differing) if differing else _typed("member_disagreement", []),
    }


def _account(item: Normalized, role: str, status: str) -> dict[str, Any]:
    found = item.extract
    rows = item.rows.height
    return {
        "member_name": found.member.name,
        "member_sha256": found.member.sha256,
        "member_bytes": len(found.member.content),
        "role": role,
        "kind": found.kind,
        "qp_status": status,
        "form": found.member.form,
        "layout": found.layout.name,
        "lines": found.lines,
        "rows_loaded": rows if role == "loaded" else 0,
        "rows_matched": 0 if role == "loaded" else rows,
        "rows_rejected": item.rejected.height,
        "lines_ignored": item.ignored,
        "lines_blank": found.blank,
        "lines_heading": found.heading,
        "lines_note": found.note,
        "lines_end_mark": found.end_mark,
    }


def _unread_row(item: Unread) -> dict[str, Any]:
    return {
        "member_name": item.member.name,
        "member_sha256": item.member.sha256,
        "member_bytes": len(item.member.content),
        "role": item.role,
        "form": item.member.form,
        "reason": item.reason,
    }


def _typed(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame with the types of a table, without its release_id."""
    columns = [column for column in catalog.tables()[table].columns if column.name != "release_id"]
    schema = {column.name: _POLARS_TYPES[column.type] for column in columns}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _with(frame: pl.DataFrame, **texts: str) -> pl.DataFrame:
    return frame.with_columns([pl.lit(text).alias(name) for name, text in texts.items()])


def _disagreement_frame(choice: Choice, other: Normalized, found: pl.DataFrame) -> pl.DataFrame:
    return _with(
        found.select(*DISAGREEMENT_SCHEMA),
        kind=choice.kind,
        member_name=choice.loaded.extract.member.name,
        other_member_name=other.extract.member.name,
    )


def _qp_disagreements(label: str, choices: list[Choice]) -> list[pl.DataFrame]:
    """Where the QP member says something else than the non-QP one; its missing rows are those of unpaid statuses."""
    rvu = {choice.qp_status: choice for choice in choices if choice.kind == "rvu"}
    if len(rvu) < 2:
        return []
    found = disagreements(label, rvu["non_qp"].loaded, rvu["qp"].loaded).filter(
        ~pl.col("column_name").is_in(_QP_COLUMNS) & ~((pl.col("column_name") == "row") & pl.col("other_value").is_null())
    )
    return [_disagreement_frame(rvu["non_qp"], rvu["qp"].loaded, found)]
