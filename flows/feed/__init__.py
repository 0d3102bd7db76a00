"""Stage feed: what reference sites read, one JSON document a code, with indexes and changes."""
