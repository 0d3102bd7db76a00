"""Excel members (xls, xlsx) as csv lines, so that stage extract reads them like csv members.

Pure: bytes in, lines out. Line n is row n of the first sheet that holds anything. Numbers lose their leading zeros in a
workbook, as they do in some of CMS's csv members; the same declared repairs apply to them.
"""

from __future__ import annotations

import csv
import io
from datetime import date

from warehouse.errors import ArchiveError

_CONTROL = {"_x001A_": "\x1a"}  # how a workbook writes the end-of-file mark


def excel_lines(content: bytes, name: str) -> list[str]:
    """The rows of a workbook's first filled sheet as csv lines. Raises ArchiveError when it is no readable workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = (workbook.get_sheet_by_index(i).to_python(skip_empty_area=False) for i in range(len(workbook.sheet_names)))
        rows = next((sheet for sheet in sheets if sheet), [])
    except (CalamineError, OSError, ValueError) as error:
        raise ArchiveError(f"{name} is no workbook that can be read: {error}. Use the csv or text member instead.") from error
    return [csv_line([_text(cell) for cell in row]) for row in rows]


def csv_line(cells: list[str]) -> str:
    """Cells as one csv line, quoted where need be."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _text(cell: object) -> str:
    """A cell as CMS's csv members write it. Ten digits are more than any figure has and hide the noise of binary fractions."""
    if isinstance(cell, float):
        return f"{cell:.10g}"
    if isinstance(cell, date):
        return cell.isoformat()
    text = " ".join(str(cell).split()) if isinstance(cell, str) and "\n" in cell else str(cell)
    return _CONTROL.get(text, text)
