-- The QP and the non-QP member of a release agree on every RVU and indicator.
-- grain: release, code, column
-- reads: member_disagreement, archive_member
-- severity: error
-- rule: from 2026 CMS publishes both; they differ in the conversion factor and the pricing indicator only.
select member_disagreement.release_id, row_key, column_name, loaded_value, other_value
from member_disagreement
join archive_member
  on archive_member.release_id = member_disagreement.release_id
  and archive_member.member_name = member_disagreement.other_member_name
where archive_member.role = 'confirmed'
