"""Which members of an archive are read: every csv and text member, and Excel members for the kinds that lack both.

An RVU workbook for qualifying participants (QPP, from 2026) counts as a kind of its own.

Stages extract and normalize for all members of one archive. Pure: members in, normalized members out, and the members that
were not read, each with its reason. Raises `LayoutError` when a member is data and no declared layout fits.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from flows import catalog
from flows.extract.extract import Member, extract, hinted_kinds
from flows.normalize.account import Unread
from flows.normalize.normalize import Normalized, normalize
from warehouse.errors import LayoutError

_NO_DATA = "no data: it has neither the heading nor the rows of any kind"
_FIXED_WIDTH_KINDS = ("rvu", "opps_cap")
# The RVU member of an archive often comes as csv and as text, which take as long as all the others.
_AT_ONCE = 2
_QP_NAME = re.compile(r"(?<!NON)(?<!NON[-_ ])QPP?", re.IGNORECASE)
_QP_RVU = "rvu of qualifying participants"


def read_all(members: list[Member]) -> tuple[list[Normalized], list[Unread]]:
    """Normalizes each member that has to be read.

    A print-style text that no pattern fits is left unread when its kind also comes in another form, since such text has no
    fixed layout and proves nothing that the other form does not; any other unknown layout is an error.
    """
    found, unread, postponed = _read([member for member in members if member.form in ("csv", "text")])
    workbooks = [member for member in members if member.form == "excel"]
    more, unneeded = _read_workbooks(workbooks, {_sort(item.extract.kind, item.extract.member) for item in found})
    found += more
    for member, fault in postponed:
        if not _has_twin(member, found):
            raise fault
        unread.append(Unread(member, "unread", str(fault)))
    others = [member for member in members if member.form == "other"]
    return found, unread + unneeded + [Unread(member, "document", "no data") for member in others]


def _read(members: list[Member]) -> tuple[list[Normalized], list[Unread], list[tuple[Member, LayoutError]]]:
    found: list[Normalized] = []
    unread: list[Unread] = []
    postponed: list[tuple[Member, LayoutError]] = []
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="member") as reader:
        # After the fault of one, `map` begins to read no other.
        for member, rows in zip(members, reader.map(_normalized, members), strict=True):
            if rows is None:
                unread.append(Unread(member, "document", _NO_DATA))
            elif isinstance(rows, LayoutError):
                postponed.append((member, rows))
            else:
                found.append(rows)
    return found, unread, postponed


def _normalized(member: Member) -> Normalized | LayoutError | None:
    """The rows of a member, None where it is no data, or the fault of a print-style text: others tell whether that matters."""
    try:
        extracted = extract(member)
    except LayoutError as error:
        if member.form == "csv" or "no declared text layout" not in str(error):
            raise
        return error
    return None if extracted is None else normalize(extracted)


def _read_workbooks(workbooks: list[Member], had: set[str]) -> tuple[list[Normalized], list[Unread]]:
    """Reads the workbooks of what is not `had` as csv or text; the others are left, since they say the same."""
    wanted = {*catalog.kinds(), _QP_RVU} - had
    found: list[Normalized] = []
    unread: list[Unread] = []
    for member in workbooks:
        # Before 2026 no archive has a QPP member, so that only a name that says QPP makes it worth the time to look.
        is_asked = bool(wanted - {_QP_RVU}) or (_QP_RVU in wanted and _QP_NAME.search(member.base_name) is not None)
        extracted = extract(member) if is_asked else None
        if extracted is not None and _sort(extracted.kind, member) in wanted:
            found.append(normalize(extracted))
        elif is_asked and extracted is None:
            unread.append(Unread(member, "document", _NO_DATA))
        else:
            unread.append(Unread(member, "unread", "the csv or text member of this kind is read"))
    return found, unread


def _sort(kind: str, member: Member) -> str:
    return _QP_RVU if kind == "rvu" and _QP_NAME.search(member.base_name) else kind


def _has_twin(member: Member, found: list[Normalized]) -> bool:
    """Whether another member of the kind that a print-style text has by its name was read."""
    kind = hinted_kinds(member)[0].name
    return kind not in _FIXED_WIDTH_KINDS and any(item.extract.kind == kind for item in found)
