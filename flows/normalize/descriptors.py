"""Descriptors by owner: those of HCPCS Level II are public and kept, those of the CPT (AMA) and of dental codes (ADA) are not.

Belongs to stage normalize. Pure: the rows of an RVU member in, frames out. Of a protected descriptor only a fingerprint is
kept, so that every output can be searched for it without the warehouse holding the words.
"""

from __future__ import annotations

import hashlib
import re

import polars as pl

# Letters A to V; D codes are dental. CMS writes X in the place of a digit of codes that have no number yet (GXXX1).
_LEVEL_TWO = r"^[A-CE-V][0-9X]{3}[0-9]$"
_DENTAL = r"^D[0-9]{4}$"
_SHORTEST = 10


def public_descriptors(rows: pl.DataFrame) -> pl.DataFrame:
    """The descriptors of HCPCS Level II codes without dental ones: hcpcs_code, modifier, description, line_number."""
    public = pl.col("hcpcs_code").str.contains(_LEVEL_TWO) & (pl.col("description") != "")
    return rows.filter(public).select("hcpcs_code", "modifier", "description", "line_number").sort("hcpcs_code", "modifier")


def protected_descriptors(rows: pl.DataFrame) -> pl.DataFrame:
    """The fingerprint of each CPT and dental descriptor, with its owner and the first code that carries it."""
    protected = rows.filter(~pl.col("hcpcs_code").str.contains(_LEVEL_TWO)).sort("hcpcs_code")
    distinct = protected.select(owner_of("hcpcs_code"), "hcpcs_code", "description").unique("description", maintain_order=True)
    prints = [fingerprint(text) for text in distinct["description"]]
    found = distinct.select(pl.Series("fingerprint", prints, dtype=pl.String), "owner", "hcpcs_code")
    return found.drop_nulls().unique("fingerprint", keep="first", maintain_order=True).sort("fingerprint")


def owner_of(column: str) -> pl.Expr:
    """Whose descriptor a code carries: CMS, ADA or AMA."""
    code = pl.col(column)
    owner = pl.when(code.str.contains(_LEVEL_TWO)).then(pl.lit("CMS")).when(code.str.contains(_DENTAL)).then(pl.lit("ADA"))
    return owner.otherwise(pl.lit("AMA")).alias("owner")


def fingerprint(text: str) -> str | None:
    """The fingerprint of a text; None for one word or less than ten characters, which stand in any text by chance."""
    words = " ".join(text.lower().split())
    if len(words) < _SHORTEST or " " not in words:
        return None
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def parts(text: str) -> list[str]:
    """A text cut where a descriptor may begin or end: at its punctuation and line ends. The text as a whole is the first part."""
    return [text, *[part for part in re.split(r"[\"'|,;:\t\n\r<>()\[\]{}`]+", text) if part.strip() and part != text]]
