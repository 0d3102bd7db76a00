"""Which members of an archive are read: every csv and text member, and Excel members for the kinds that lack both.

Stages extract and normalize for all members of one archive. Pure: members in, normalized members out, and the members that
were not read, each with its reason. Raises `LayoutError` when a member is data and no declared layout fits.
"""

from __future__ import annotations

from flows import catalog
from flows.extract.extract import Member, extract
from flows.normalize.account import Unread
from flows.normalize.normalize import Normalized, normalize
from warehouse.errors import LayoutError

_NO_DATA = "no data: it has neither the heading nor the rows of any kind"
_FIXED_WIDTH_KINDS = ("rvu", "opps_cap")


def read_all(members: list[Member]) -> tuple[list[Normalized], list[Unread]]:
    """Normalizes each member that has to be read.

    A print-style text that no pattern fits is left unread when its kind also comes in another form, since such text has no
    fixed layout and proves nothing that the other form does not; any other unknown layout is an error.
    """
    found, unread, postponed = _read([member for member in members if member.form in ("csv", "text")])
    workbooks = [member for member in members if member.form == "excel"]
    missing = set(catalog.kinds()) - {item.extract.kind for item in found}
    more, unneeded = _read_workbooks(workbooks, missing)
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
    for member in members:
        try:
            extracted = extract(member)
        except LayoutError as error:
            if member.form == "csv" or "no declared text layout" not in str(error):
                raise
            postponed.append((member, error))
            continue
        if extracted is None:
            unread.append(Unread(member, "document", _NO_DATA))
        else:
            found.append(normalize(extracted))
    return found, unread, postponed


def _read_workbooks(workbooks: list[Member], missing: set[str]) -> tuple[list[Normalized], list[Unread]]:
    """Reads workbooks until no kind is missing; the others are left, since the csv or text member says the same."""
    found: list[Normalized] = []
    unread: list[Unread] = []
    for member in workbooks:
        extracted = extract(member) if missing else None
        if extracted is not None and extracted.kind in missing:
            found.append(normalize(extracted))
        elif extracted is None and missing:
            unread.append(Unread(member, "document", _NO_DATA))
        else:
            unread.append(Unread(member, "unread", "the csv or text member of this kind is read"))
    return found, unread


def _has_twin(member: Member, found: list[Normalized]) -> bool:
    return any(item.extract.kind not in _FIXED_WIDTH_KINDS and _stem(item.extract.member) == _stem(member) for item in found)


def _stem(member: Member) -> str:
    return member.base_name.rsplit(".", 1)[0].lower()
