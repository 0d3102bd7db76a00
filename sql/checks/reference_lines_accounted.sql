-- Every line of a reference file is a row, a rejected row, or a line that is no row; and the rows are in the tables.
-- grain: reference_release
-- reads: reference_file, reference_rejected_row, rbcs_assignment, utilisation_count
-- severity: error
-- rule: lines = rows_loaded + rows_rejected + lines_ignored. A row of the procedure summary is in utilisation_count as one of its
-- visible_rows or hidden_rows.
with stored as (
  select reference_release_id, count(*) as stored_rows
  from rbcs_assignment
  group by reference_release_id
  union all
  select reference_release_id, sum(visible_rows) + sum(hidden_rows)
  from utilisation_count
  group by reference_release_id
),
rejected as (
  select reference_release_id, count(*) as rejected_rows
  from reference_rejected_row
  group by reference_release_id
)
select
  reference_file.reference_release_id,
  lines,
  rows_loaded,
  rows_rejected,
  lines_ignored,
  coalesce(stored_rows, 0) as stored_rows,
  coalesce(rejected_rows, 0) as rejected_rows
from reference_file
left join stored on stored.reference_release_id = reference_file.reference_release_id
left join rejected on rejected.reference_release_id = reference_file.reference_release_id
where lines <> rows_loaded + rows_rejected + lines_ignored
  or rows_loaded <> coalesce(stored_rows, 0)
  or rows_rejected <> coalesce(rejected_rows, 0)
