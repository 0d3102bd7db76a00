"""`pfs export`: every table and view as Parquet or csv, with a description that programs can read."""

from __future__ import annotations

from pathlib import Path

from flows import catalog
from flows.export.export import ExportWish, make_export
from flows.plain import as_json
from flows.show import console, line
from warehouse.counted import counted
from warehouse.home import home


def command(folder: str, wish: ExportWish, json: bool) -> int:
    """Writes the export and says what it holds."""
    root = Path(folder).expanduser()
    result = make_export(home(), root, wish)
    size = sum(file.size for file in result.files)
    relations = {file.relation for file in result.files}
    if json:
        print(
            as_json(
                {
                    "relations": sorted(relations),
                    "files": len(result.files),
                    "rows": sum(file.rows for file in result.files),
                    "bytes": size,
                    "written": len(result.written),
                    "removed": result.removed,
                }
            )
        )
        return 0
    out = console()
    held = f"{counted(len(relations), 'table or view', 'tables and views')} in {counted(len(result.files), 'file')}"
    described = counted(result.described, "file describes", "files describe")
    out.print(line(f"{root}: {held}, {size / 2**20:,.1f} MB; {described} them."))
    written = counted(len(result.written), "file was", "files were")
    out.print(line(f"{written} written, {len(result.removed):,} removed; the others are as they were."))
    if not wish.only:
        by_name = ", ".join(sorted(catalog.settings("exports.toml")["by_name"]))
        out.print(line(f"Not in it, but where they are named (--only): {by_name}."))
    return 0
