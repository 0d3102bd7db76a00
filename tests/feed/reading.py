"""Reading pages in tests: their text, addresses, ids, tables and structured data. By patterns: pages of ours are regular."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Page:
    """What a page holds. `addresses` are all that it names, `loaded` those that a browser loads with it."""

    text: str
    addresses: list[str]
    loaded: list[str]
    ids: list[str]
    tags: Counter[str]
    data: list[dict[str, Any]]
    rows: list[list[str]]


def _words(markup: str) -> str:
    """The text of markup: what is set apart is apart, what stands in a line stays together."""
    inline = re.sub(r"</?(?:b|strong|em|a|code|i)\b[^>]*>", "", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inline)).split())


def page(path: Path) -> Page:
    """A page of a site."""
    text = path.read_text()
    data = [json.loads(found) for found in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)]
    text = re.sub(r'<script type="application/ld\+json">.*?</script>', "", text)
    tags = re.findall(r"<([a-z][a-z0-9]*)\b([^>]*)>", text)
    addresses, loaded = [], []
    for name, attributes in tags:
        for found in re.findall(r'\b(?:href|src|action)="?([^" >]+)', attributes):
            if 'rel="canonical"' not in attributes:
                addresses.append(html.unescape(found))
                loaded += [found] if name in ("link", "script", "img", "iframe", "source") else []
    return Page(
        text=_words(text),
        addresses=addresses,
        loaded=loaded,
        ids=re.findall(r'<[^>]* id="([^"]+)"', text),
        tags=Counter(name for name, _ in tags),
        data=data,
        rows=[
            [_words(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)(?=<t[hd]\b|</t[hdr]>|$)", row, re.DOTALL)]
            for row in re.findall(r"<tr\b[^>]*>(.*?)(?=<tr\b|</table>|</tbody>|</thead>)", text, re.DOTALL)
        ],
    )
