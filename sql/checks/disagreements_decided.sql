-- Every difference between two members of a kind is covered by a declared decision.
-- grain: release, kind, column
-- reads: member_disagreement
-- severity: warning
-- rule: flows/catalog/disagreements.csv names each, with the reason why the loaded member is right.
select release_id, kind, member_name, other_member_name, column_name, count(*) as values_found, any_value(row_key) as example_key
from member_disagreement
where decision is null
group by release_id, kind, member_name, other_member_name, column_name
