"""The order of the editions of a label, the one that was cut first first; the last one is the newest.

The same as `edition_date(label, archive_dated), edition` in SQL (sql/macros/edition_date.sql), for tables without macros beside
them: while a release is loaded, and in a warehouse that was published before there was that macro.
"""

# A row an edition: its release_id, label and place within the label, from 1.
EDITION_PLACE = """
select release_id, label,
  row_number() over (partition by label order by case when is_label_dated then archive_dated end, edition) as place
from (
  select release_id, label, edition, archive_dated,
    bool_and(archive_dated is not null) over (partition by label) as is_label_dated
  from release
)
"""
