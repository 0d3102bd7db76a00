"""Numbers with what they count, as sentences say them. Pure."""

from __future__ import annotations


def counted(number: int, thing: str, things: str | None = None) -> str:
    """`1 row`, `2 rows`, `1,250 rows`; `things` is the plural where it is not the word with an s."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
