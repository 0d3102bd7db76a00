-- Every declared defect of a loaded release is found in its member.
-- grain: release, member, defect, column
-- reads: release, archive_member, source_defect, member_repair, rejected_row
-- severity: error
-- rule: flows/catalog/source_defects.csv says which member lost leading zeros, repeats a row, or ends with a mark of its own. Where
-- none is found any more, CMS has mended the file: remove the entry. Held to it are first editions and members within 5 percent of
-- the length at which the defect was measured; the sample and a part of a member are not.
with found as (
  select release_id, member_name, 'leading_zeros' as defect, column_name
  from member_repair
  where repair = 'leading_zeros'
  union all
  select release_id, member_name, 'repeated_row', ''
  from rejected_row
  where starts_with(reason, 'the row repeats line ')
  union all
  select release_id, member_name, 'end_mark', ''
  from archive_member
  where lines_end_mark > 0
)
select release.release_id, source_defect.member_name, source_defect.defect, source_defect.column_name, source_defect.defect_rows
from release
join source_defect on source_defect.label = release.label
join archive_member
  on archive_member.release_id = release.release_id
  and lower(regexp_extract(archive_member.member_name, '[^/]*$')) = lower(source_defect.member_name)
  and abs(archive_member.lines - source_defect.lines) <= 0.05 * source_defect.lines
where release.edition = 1
  and not release.is_sample
  and not exists (
    select 1
    from found
    where found.release_id = release.release_id
      and found.member_name = archive_member.member_name
      and found.defect = source_defect.defect
      and found.column_name = source_defect.column_name
  )
