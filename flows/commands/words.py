"""`pfs words`: checks a folder of the site's own words about codes."""

from __future__ import annotations

from pathlib import Path

from flows.notices import Licences
from flows.plain import as_json
from flows.show import console, line
from flows.words.protected import protected_words
from flows.words.words import EXAMPLES, folder_hash, raise_faults, read_folder
from warehouse import read
from warehouse.home import home


def command(folder: str | None, json: bool) -> int:
    """Prints what the folder holds; faults are an error. With a warehouse, also for words that need a licence."""
    place = home()
    own = Path(folder).expanduser() if folder else (place.words if place.words.is_dir() else EXAMPLES)
    words = read_folder(own)
    is_searched = place.published.exists()
    if is_searched:
        with read.open_published(place) as con:
            raise_faults(own, protected_words(con, words.values(), Licences()))
    if json:
        entries = {code: {"title": entry.fields["title"], "sha256": entry.sha256} for code, entry in words.items()}
        print(as_json({"folder": str(own), "sha256": folder_hash(words.values()), "words": entries, "searched": is_searched}))
        return 0
    console().print(line(f"{own}: words about {len(words)} codes, sha256 {folder_hash(words.values())[:12]}."))
    for code, entry in words.items():
        console().print(line(f"{code}  {entry.fields['title']}"))
    if not is_searched:
        console().print(line("There is no warehouse yet, so the words were not searched for descriptions that need a licence."))
    return 0
