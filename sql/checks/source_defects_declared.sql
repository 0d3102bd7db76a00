-- A member that lost leading zeros is declared to.
-- grain: release, member, column
-- reads: release, member_repair, source_defect
-- severity: warning
-- rule: the zeros are put back in any case (member_repair counts them). A member that is not declared lost them since the last
-- release: look at a few of its rows, then add it to flows/catalog/source_defects.csv.
select release.release_id, member_repair.member_name, member_repair.column_name, member_repair.rows_repaired
from member_repair
join release on release.release_id = member_repair.release_id
where member_repair.repair = 'leading_zeros'
  and not exists (
    select 1
    from source_defect
    where source_defect.label = release.label
      and lower(source_defect.member_name) = lower(regexp_extract(member_repair.member_name, '[^/]*$'))
      and source_defect.defect = 'leading_zeros'
      and source_defect.column_name = member_repair.column_name
  )
