"""Stage export: every table and view as files for other programs, with a description that they can read."""
