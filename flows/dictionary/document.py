"""The dictionary as a document, docs/DICTIONARY.md: Markdown that reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flows.dictionary.collect import Entry, Field

_KINDS = {
    "table": "Tables",
    "stored table": "Stored tables: views whose rows are kept",
    "view": "Views",
    "table macro": "Table macros",
    "macro": "Macros",
}


def document(entries: Iterable[Entry], others: Sequence[Field]) -> str:
    """The whole dictionary, kind by kind; `others` are the columns of CMS's files that no table keeps."""
    listed = list(entries)
    lines = [
        "# Dictionary",
        "Made from the definitions that make the schema; `pfs dictionary --write docs/DICTIONARY.md` writes this page anew.",
        "A source is where CMS's files have the column: the form of the member, its column and heading or its characters, and",
        "the years of the layouts (flows/catalog/column_maps). Columns without a source are derived, declared, or about loading.",
    ]
    for kind, title in _KINDS.items():
        lines += ["", f"## {title}"]
        for entry in listed:
            if entry.kind == kind:
                lines += _entry(entry)
    lines += ["", "## Columns of CMS's files that no table keeps under their name", "", *_columns(others)]
    return "\n".join(lines) + "\n"


def part(entry: Entry) -> str:
    """One table, view or macro."""
    return "\n".join(_entry(entry)).lstrip() + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    called = f"({', '.join(entry.parameters)})" if "macro" in entry.kind else ""
    yield from ["", f"### {entry.name}{called}", f"{entry.meaning.rstrip('.')}.", ""]
    named = {"Key" if entry.kind == "table" else "Grain": entry.grain, "Reads": entry.reads, "Rule": entry.rule}
    yield from [f"- {name}: {text}" for name, text in named.items() if text]
    if entry.columns:
        yield from ["", *_columns(entry.columns)]


def _columns(columns: Sequence[Field]) -> Iterator[str]:
    has_sources = any(column.sources for column in columns)
    headings = ["column", "type", "unit", "meaning", *(["source"] if has_sources else [])]
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for name, column in _flat(columns):
        source = "; ".join(column.sources)
        yield _row([f"`{name}`", _type(column), column.unit, column.meaning, *([source] if has_sources else [])])


def _flat(columns: Sequence[Field]) -> Iterator[tuple[str, Field]]:
    """Columns, each followed by its fields under the name column.field."""
    for column in columns:
        yield column.name, column
        yield from ((f"{column.name}.{field.name}", field) for field in column.fields)


def _type(column: Field) -> str:
    if not column.fields:
        return column.type
    return "list of STRUCT" if column.type.endswith("[]") else "STRUCT"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
