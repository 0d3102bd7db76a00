"""Stage extract: the members of an archive cut into rows of text, every line accounted for (extract.py)."""
