"""An archive of archives, for `pfs inspect`: what each archive in it is, and that each is to be brought in by itself.

CMS posts payment amount files so, which `pfs verify` reads as they are; of releases and ZIP code files an archive of archives is
what somebody made. Reads one file; unpacks to a temporary folder, one archive at a time, and no archive inside those: one that
holds itself would never end.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.extract.members import Member, inner_archives, of_archives
from flows.inspect.report import Finding, Report
from flows.published.files import record_files
from warehouse.errors import PfsError


def nested_report(path: Path, inspect: Callable[[Path], Report] | None) -> Report | None:
    """What the archives in an archive are, each by `inspect`; without it they are named only. The archive was verified.

    None when it holds members of its own, or payment amount files.
    """
    with zipfile.ZipFile(path) as opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
        inner = inner_archives(Member(info.filename, b"") for info in infos)
        if not inner or record_files(path):
            return None
        if inspect is None:
            return Report("an archive of archives", None, (), (), of_archives(path.name, inner))
        notes: list[str] = []
        findings: list[Finding] = []
        for info in infos:
            if (name := Member(info.filename, b"").base_name) not in inner:
                continue
            with TemporaryDirectory(prefix="pfs-inspect-") as folder:
                copy = Path(folder) / name
                with opened.open(info) as content, copy.open("wb") as out:
                    shutil.copyfileobj(content, out)
                report = _inside(copy, inspect)
            said = [report.what, *report.notes, *([report.problem] if report.problem else [])]
            notes.append(f"{name}: {' '.join(part if part.endswith('.') else f'{part}.' for part in said)}")
            findings += [replace(finding, member=f"{name} > {finding.member}") for finding in report.findings]
    return Report("an archive of archives", None, tuple(notes), tuple(findings), of_archives(path.name, inner))


def _inside(copy: Path, inspect: Callable[[Path], Report]) -> Report:
    try:
        return inspect(copy)
    except PfsError as error:
        return Report("an archive that cannot be read", None, (), (), str(error))
