"""The site's own words: what a file holds, and what is said, line by line, about one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.normalize.descriptors import fingerprint
from flows.notices import Licences
from flows.words.protected import protected_words
from flows.words.words import EXAMPLES, SECTIONS, folder_hash, read_file, read_folder
from tests.warehouse import tiny_warehouse
from warehouse.errors import PfsError, WordsError

GOOD = """# 17340: A title of ours

## Also known as
- One name
- Another name,
  which runs on

## In plain language
A paragraph.

Another one.

## Similar codes
- 17000: for a reason

## Questions and answers
### Why?
Because.
"""


def written(folder: Path, text: str | bytes, name: str = "17340.md") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def faults(folder: Path, text: str | bytes, name: str = "17340.md") -> list[str]:
    return [str(fault) for fault in read_file(written(folder, text, name))[1]]


def test_a_file_is_read_section_by_section(tmp_path: Path) -> None:
    words, wrong = read_file(written(tmp_path, GOOD))
    assert wrong == [] and words is not None
    assert words.fields == {
        "title": "A title of ours",
        "also_known_as": ["One name", "Another name, which runs on"],
        "plain_language": "A paragraph.\n\nAnother one.",
        "similar_codes": [{"code": "17000", "reason": "for a reason"}],
        "questions": [{"question": "Why?", "answer": "Because."}],
    }


def test_the_hash_is_that_of_the_words(tmp_path: Path) -> None:
    """Line ends, blanks at their ends and a byte order mark are no words."""
    first = read_file(written(tmp_path, GOOD))[0]
    second = read_file(written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "  \r\n").encode()))[0]
    third = read_file(written(tmp_path, GOOD.replace("Because", "Since")))[0]
    assert first and second and third
    assert first.sha256 == second.sha256 != third.sha256
    assert folder_hash([first]) != folder_hash([third])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "17340.md, line 1: the file is empty; '# 17340: Title' was expected."),
        ("\n\nA title\n", "17340.md, line 3: '# 17340: Title' was expected, 'A title' was found."),
        ("# 17341: Title\n", "17340.md, line 1: the heading is of 17341, the file is named 17340.md."),
        (GOOD.replace("## Also", "Stray.\n\n## Also"), "17340.md, line 3: text stands outside a section"),
        (
            GOOD.replace("## In plain", "## In plane"),
            "17340.md, line 8: '## In plane language' is no section. Did you mean '## In plain",
        ),
        (GOOD + "\n## Similar codes\n- 17110: again\n", "17340.md, line 20: '## Similar codes' stands here a second time."),
        (GOOD + "\n## History\n\n## Documentation\n- x\n", "17340.md, line 20: '## History' is empty"),
        (
            GOOD.replace("- 17000: for", "- 1700: for"),
            "17340.md, line 14: '- 17000: why it is similar and how it differs' was expected",
        ),
        (GOOD.replace("- 17000: for a reason", "17000"), "17340.md, line 14: a list was expected"),
        (GOOD.replace("### Why?", "Why?"), "17340.md, line 17: '### Question?' was expected"),
        (GOOD.replace("Because.", ""), "17340.md, line 17: the question 'Why?' has no answer."),
        (GOOD.replace("Another one.", "A <b>bold</b> one."), "17340.md, line 11: HTML was found"),
        (GOOD.replace("Another one.", "<b>See</b> <https://codes.example/>."), "17340.md, line 11: HTML was found"),
        (GOOD.replace("- 17000: for", "- 17340: for"), "17340.md, line 14: 17340 is named as similar to itself."),
        (GOOD.replace("Another one.", "### Deep"), "17340.md, line 11: '### Deep': no heading was expected"),
        (GOOD.encode().replace(b"Because", b"Caf\xe9"), "17340.md, line 18: the file was expected in UTF-8"),
    ],
)
def test_a_fault_is_said_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    found = faults(tmp_path, text)
    assert len(found) == 1 and found[0].startswith(said), found


def test_no_fault_hides_those_behind_it(tmp_path: Path) -> None:
    """A wrong title and each wrong line of a list, in the order of the lines."""
    text = GOOD.replace("# 17340", "# 17341").replace("- One name", "One name").replace("- Another", "Another")
    text = text.replace("- 17000: for a reason", "- 17000\n- 17110").replace("Because.", "<i>Because.</i>")
    lines = [fault.split(",")[1].split(":")[0] for fault in faults(tmp_path, text)]
    assert lines == [" line 1", " line 4", " line 5", " line 6", " line 14", " line 15", " line 19"]
    without = [fault.split(",")[1].split(":")[0] for fault in faults(tmp_path, "## Nonsense\nText.\n")]
    assert without == [" line 1", " line 1"]


def test_all_faults_of_a_folder_are_said_at_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("- 17000: for", "- x").replace("### Why?", "Why?"))
    written(tmp_path, "# 99213: Good\n", "99213.md")
    written(tmp_path, "anything", "notes.txt")
    written(tmp_path, "anything", "README.md")
    with pytest.raises(WordsError, match=r"have 3 faults:\n  17340.md, line 14.*\n  17340.md, line 17.*\n  notes.txt"):
        read_folder(tmp_path)
    for name in ("99213.md", "notes.txt"):
        (tmp_path / name).unlink()
    written(tmp_path, "# 17340\n")
    with pytest.raises(WordsError, match=r"have 1 fault; nothing was written:\n  17340.md, line 1: "):
        read_folder(tmp_path, "; nothing was written")
    with pytest.raises(WordsError, match="is no folder"):
        read_folder(tmp_path / "none")


def test_the_examples_are_sound_and_use_every_section() -> None:
    """17340 and a handful of others; each section but the history is shown by each of them."""
    words = read_folder(EXAMPLES)
    assert {"17340", "99213", "70450", "45378", "93000", "00840"} <= set(words)
    wanted = {"title", *(name for name, _ in SECTIONS.values())} - {"history"}
    for entry in words.values():
        assert set(entry.fields) == wanted, entry.code
        assert all(other["code"] != entry.code for other in entry.fields["similar_codes"])


def test_a_description_that_needs_a_licence_is_found_and_not_repeated(tmp_path: Path) -> None:
    """Whole lines and parts between punctuation, in any capitals, without marks of Markdown; a declared licence allows it."""
    mark = {"owner": "AMA", "hcpcs_code": "17000", "fingerprint": fingerprint("made up words")}
    con = tiny_warehouse(protected_descriptor=[mark])
    text = "# 17340: Made up words\n\n## Also known as\n- ours, *Made Up  Words*\n- made up words of ours\n"
    words = read_file(written(tmp_path, text))[0]
    assert words is not None
    found = [str(fault) for fault in protected_words(con, [words], Licences())]
    assert [fault.split(":")[0] for fault in found] == ["17340.md, line 1", "17340.md, line 4"]
    assert all("17000" in fault and "made up" not in fault.lower() for fault in found)
    assert protected_words(con, [words], Licences(cpt="licence 12345 of Example Press")) == []
    assert len(protected_words(con, [words], Licences(dental="licence 12345 of Example Press"))) == 2


def test_a_licence_is_declared_in_words() -> None:
    with pytest.raises(PfsError, match=r"--cpt-licence 'yes': the licence was expected in words"):
        Licences(cpt="yes")
