-- Every line of a ZIP code file is a row, a rejected row, or a line that is no row; and the rows are in the tables.
-- grain: zip_release, kind
-- reads: zip_release_file, zip_rejected_row, zip_locality, zip4_locality
-- severity: error
-- rule: lines = rows_loaded + rows_rejected + lines_ignored.
with stored as (
  select zip_release_id, 'zip_locality' as kind, count(*) as stored_rows from zip_locality group by zip_release_id
  union all
  select zip_release_id, 'zip4_locality', count(*) from zip4_locality group by zip_release_id
),
rejected as (
  select zip_release_id, kind, count(*) as rejected_rows from zip_rejected_row group by zip_release_id, kind
)
select
  zip_release_file.zip_release_id,
  zip_release_file.kind,
  lines,
  rows_loaded,
  rows_rejected,
  lines_ignored,
  coalesce(stored_rows, 0) as stored_rows,
  coalesce(rejected_rows, 0) as rejected_rows
from zip_release_file
left join stored on stored.zip_release_id = zip_release_file.zip_release_id and stored.kind = zip_release_file.kind
left join rejected on rejected.zip_release_id = zip_release_file.zip_release_id and rejected.kind = zip_release_file.kind
where lines <> rows_loaded + rows_rejected + lines_ignored
  or rows_loaded <> coalesce(stored_rows, 0)
  or rows_rejected <> coalesce(rejected_rows, 0)
