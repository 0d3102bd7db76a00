-- Every declared correction of a loaded release was applied.
-- grain: release, correction
-- reads: release, archive_member, correction, correction_applied
-- severity: error
-- rule: flows/catalog/corrections.csv states what a correction expects to find. Where it is not found, CMS has mended the file or
-- the row has moved: remove the entry or correct it. Only the first edition of a release, and members that were read, are held to it.
select release.release_id, correction.correction, correction.member_name, correction.row_key, correction.found_value
from release
join correction on correction.label = release.label
join archive_member
  on archive_member.release_id = release.release_id
  and lower(regexp_extract(archive_member.member_name, '[^/]*$')) = lower(correction.member_name)
  and archive_member.lines is not null
where release.edition = 1
  and not exists (
    select 1
    from correction_applied
    where correction_applied.release_id = release.release_id
      and correction_applied.correction = correction.correction
      and correction_applied.member_name = archive_member.member_name
  )
