-- Every line of every member that was read is a row, a rejected row, or a line that is no row; and loaded rows are in the tables.
-- grain: release, member
-- reads: archive_member, release_file, rvu, gpci, opps_cap, locality_county
-- severity: error
-- rule: lines = rows_loaded + rows_matched + rows_rejected + lines_ignored.
with stored as (
  select release_id, 'rvu' as kind, count(*) as stored_rows from rvu group by release_id
  union all
  select release_id, 'gpci', count(*) from gpci group by release_id
  union all
  select release_id, 'opps_cap', count(*) from opps_cap group by release_id
  union all
  select release_id, 'locality_county', count(*) from locality_county group by release_id
  union all
  select release_id, 'anesthesia', count(*) from anesthesia_cf where qp_status = 'non_qp' group by release_id
)
select release_id, member_name, lines, rows_loaded, rows_matched, rows_rejected, lines_ignored
from archive_member
where lines <> rows_loaded + rows_matched + rows_rejected + lines_ignored
  or lines_ignored <> lines_blank + lines_heading + lines_note + lines_end_mark
union all
select release_file.release_id, member_name, lines, rows_loaded, rows_matched, rows_rejected, lines_ignored
from release_file
left join stored on stored.release_id = release_file.release_id and stored.kind = release_file.kind
where release_file.qp_status = 'non_qp' and rows_loaded <> coalesce(stored_rows, 0)
