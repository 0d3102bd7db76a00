"""Lines and archives in the layouts of CMS's ZIP code files."""

from __future__ import annotations

import zipfile
from pathlib import Path


def zip5(zip_code: str, mac: str = "10112", locality: str = "00", state: str = "AL", flag: str = "0", **more: str) -> str:
    """A line of a ZIP5 file: `rural`, `lab`, `part_b` and `quarter` have CMS's usual values unless they are given."""
    rural = more.get("rural", " ")
    line = f"{state}{zip_code}{mac}{locality}{rural}{more.get('lab', 'Z9')}{rural}  {flag} {more.get('part_b', 'A')}"
    return f"{line:<75}{more.get('quarter', '20254')}"


def zip9(
    zip_code: str, plus_four: str, mac: str = "10112", locality: str = "00", state: str = "AL", quarter: str = "20254"
) -> str:
    """A line of a ZIP9 file."""
    return f"{state + zip_code + mac + locality:<20}1{plus_four}      A{'':<43}{quarter}"


def text(lines: list[str]) -> bytes:
    """Lines as CMS writes them."""
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def archive(path: Path, **members: bytes) -> Path:
    """A zip archive with these members; a name stands for `name.txt`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(f"{name}.txt", content)
    return path
