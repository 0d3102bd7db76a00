"""The site's own words: a folder of Markdown files, one a code (`17340.md`), in a form that a writer can keep in mind.

A file begins with `# 17340: Title`, and has sections under the headings of `SECTIONS`, each once, in any order, none of them
needed. Reads the files; writes nothing. Raises WordsError that names every fault with its file and line, so that a writer can
mend all of them at once. Text is Markdown (CommonMark) without HTML; flows/words/examples shows every section.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.counted import counted
from warehouse.errors import WordsError

EXAMPLES = Path(__file__).parent / "examples"
_SHOWN = 20
_HTML = re.compile(r"<[a-zA-Z/!][^>]*>")
_ADDRESS = re.compile(r"<https?://[^ >]+>")
Line = tuple[int, str]
Report = Callable[[int, str], None]


@dataclass(frozen=True)
class Words:
    """What a site says about a code. `fields` has a value for each section of the file, `texts` its lines."""

    code: str
    path: Path
    sha256: str
    fields: dict[str, Any]
    texts: tuple[Line, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, and where."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.line}: {self.text}"


def read_folder(folder: Path, consequence: str = "") -> dict[str, Words]:
    """The words of a folder by code; files that are not named after a code are an error, README.md apart.

    Raises WordsError with all faults of all files, and what follows from them for whoever asks (`; nothing was written`).
    """
    if not folder.is_dir():
        raise WordsError(f"{folder} is no folder. Words are expected in a folder of files such as 17340.md.")
    found, faults = {}, []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.lower() == "readme.md" or path.is_dir():
            continue
        words, wrong = read_file(path)
        faults += wrong
        if words:
            found[words.code] = words
    raise_faults(folder, faults, consequence)
    return found


def raise_faults(folder: Path, faults: list[Fault], consequence: str = "") -> None:
    """Raises WordsError when there are faults: the first twenty, in the order of files and lines."""
    if faults:
        shown = "".join(f"\n  {fault}" for fault in faults[:_SHOWN])
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise WordsError(f"The words in {folder} have {counted(len(faults), 'fault')}{consequence}:{shown}{more}")


def folder_hash(words: Iterable[Words]) -> str:
    """The hash of all words of a folder, which changes when any of them does."""
    parts = sorted(f"{entry.code} {entry.sha256}" for entry in words)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_file(path: Path) -> tuple[Words | None, list[Fault]]:
    """The words of one file, or its faults."""
    if not re.fullmatch(r"[0-9A-Z]{5}\.md", path.name):
        return None, [Fault(path, 1, "a file is named after its code, such as 17340.md.")]
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        return None, [Fault(path, line, "the file was expected in UTF-8; save it as UTF-8.")]
    lines = [(number, line.rstrip()) for number, line in enumerate(content.splitlines(), 1)]
    fields, faults = _fields(path, lines)
    if faults:
        return None, faults
    text = "\n".join(line for _, line in lines).strip() + "\n"
    texts = tuple((number, line) for number, line in lines if line)
    return Words(path.stem, path, hashlib.sha256(text.encode()).hexdigest(), fields, texts), []


def _fields(path: Path, lines: list[Line]) -> tuple[dict[str, Any], list[Fault]]:
    """The title and the sections of a file, and every fault: one does not hide those behind it."""
    faults: list[Fault] = []

    def report(line: int, text: str) -> None:
        faults.append(Fault(path, line, text))

    for number, line in lines:
        if _HTML.search(_ADDRESS.sub("", line)):
            report(number, "HTML was found; Markdown without HTML is expected.")
    title, rest = _title(path.stem, lines, report)
    fields: dict[str, Any] = {"title": title}
    for heading, body in _sections(rest):
        named = _section(heading, body, fields, report)
        if named:
            name, reader = named
            fields[name] = reader(body, report)
    if any(entry["code"] == path.stem for entry in fields.get("similar_codes", [])):
        number = next(number for number, line in rest if line.startswith(f"- {path.stem}: "))
        report(number, f"{path.stem} is named as similar to itself.")
    return fields, sorted(faults, key=lambda fault: fault.line)


def _title(code: str, lines: list[Line], report: Report) -> tuple[str, list[Line]]:
    """The title, and the lines below it; all lines where the first one begins a section."""
    first = next((index for index, (_, line) in enumerate(lines) if line), None)
    if first is None:
        report(1, f"the file is empty; '# {code}: Title' was expected.")
        return "", []
    number, line = lines[first]
    found = re.fullmatch(r"# ([0-9A-Z]{5}): (\S.*)", line)
    if not found:
        report(number, f"'# {code}: Title' was expected, {line[:60]!r} was found.")
    elif found[1] != code:
        report(number, f"the heading is of {found[1]}, the file is named {code}.md.")
    return found[2] if found else "", lines[first if line.startswith("## ") else first + 1 :]


def _sections(lines: list[Line]) -> list[tuple[Line, list[Line]]]:
    """The sections as (heading, lines below it); lines before the first heading come with an empty one."""
    found: list[tuple[Line, list[Line]]] = []
    for number, line in lines:
        if re.match(r"##? ", line):
            found.append(((number, line), []))
        elif found:
            found[-1][1].append((number, line))
        elif line:
            found.append(((number, ""), [(number, line)]))
    return found


def _section(heading: Line, body: list[Line], seen: dict[str, Any], report: Report) -> tuple[str, Reader] | None:
    """The field that a section fills and how its lines are read; None where its heading is wrong or nothing stands below it."""
    number, text = heading
    if not text.startswith("## "):
        report(number, "text stands outside a section; put it under a heading such as '## In plain language'.")
        return None
    title = text.removeprefix("## ").strip()
    if title not in SECTIONS:
        near = difflib.get_close_matches(title, SECTIONS, n=1, cutoff=0.5)
        hint = f" Did you mean '## {near[0]}'?" if near else ""
        report(number, f"'## {title}' is no section.{hint} Sections are: {', '.join(SECTIONS)}.")
        return None
    if SECTIONS[title][0] in seen:
        report(number, f"'## {title}' stands here a second time.")
        return None
    if not any(line for _, line in body):
        report(number, f"'## {title}' is empty; leave the heading out where there is nothing to say.")
        return None
    return SECTIONS[title]


# --- what a section holds ----------------------------------------------------------------------------------------------------


def _text(body: list[Line], report: Report) -> str:
    for number, line in body:
        if line.startswith("#"):
            report(number, f"{line!r}: no heading was expected in this section.")
    return "\n".join(line for _, line in body).strip()


def _items(body: list[Line], report: Report) -> list[Line]:
    """The items of a list, one a line that begins with '- '; further lines of an item are indented by two blanks."""
    found: list[Line] = []
    for number, line in body:
        if line.startswith("- ") and line[2:].strip():
            found.append((number, line[2:].strip()))
        elif line.startswith("  ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif line:
            report(number, f"a list was expected, each item a line that begins with '- '; {line[:40]!r} was found.")
    return found


def _list(body: list[Line], report: Report) -> list[str]:
    return [text for _, text in _items(body, report)]


def _similar(body: list[Line], report: Report) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for number, text in _items(body, report):
        parts = re.fullmatch(r"([0-9A-Z]{5}): (\S.*)", text)
        if not parts:
            report(number, f"'- 17000: why it is similar and how it differs' was expected; {text[:40]!r} was found.")
        elif any(entry["code"] == parts[1] for entry in found):
            report(number, f"{parts[1]} stands here a second time.")
        else:
            found.append({"code": parts[1], "reason": parts[2]})
    return found


def _questions(body: list[Line], report: Report) -> list[dict[str, str]]:
    found: list[tuple[Line, list[Line]]] = []
    stray: list[int] = []
    for number, line in body:
        if line.startswith("### ") and line[4:].strip():
            found.append(((number, line[4:].strip()), []))
        elif found:
            found[-1][1].append((number, line))
        elif line:
            stray.append(number)
    if stray:
        report(stray[0], "'### Question?' was expected, and its answer below it.")
    for (number, question), answer in found:
        if not any(line for _, line in answer):
            report(number, f"the question {question[:60]!r} has no answer.")
    return [{"question": question, "answer": _text(answer, report)} for (_, question), answer in found]


Reader = Callable[[list[Line], Report], Any]
SECTIONS: dict[str, tuple[str, Reader]] = {
    "Also known as": ("also_known_as", _list),
    "In plain language": ("plain_language", _text),
    "Clinical context": ("clinical_context", _text),
    "When it is used": ("when_used", _text),
    "Documentation": ("documentation", _list),
    "Similar codes": ("similar_codes", _similar),
    "Specialties": ("specialties", _list),
    "Questions and answers": ("questions", _questions),
    "History": ("history", _text),
}
