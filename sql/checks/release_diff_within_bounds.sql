-- A release differs from the governing release before it by no more than is known of such releases, or the difference was accepted.
-- grain: release, diff_measure
-- reads: release_diff_measure, accepted_difference
-- severity: error
-- rule: flows/catalog/release_bounds.csv. Look at the release (pfs changes) and at CMS's page. Where the difference is real, add the line
-- that ends the sentence to accepted_differences.csv in the home folder, with the date and your reason, and refresh again. A January
-- in which too few codes were revalued does not stop the publication: check january_revalues_codes warns of it.
select
  release_id,
  compared_release_id,
  release_id || ' against ' || compared_release_id || ' (' || years_apart || ' years apart): ' || diff_measure || ' is '
    || found || ', and '
    || case when found < least then 'at least ' || least else 'at most ' || most end
    || ' was expected: ' || measured.reason || '. '
    || coalesce('The accepted value of ' || accepted_value || ' (' || accepted.declared_in || ') does not reach that far. ', '')
    || 'If the difference is real, add this line to accepted_differences.csv in the home folder, '
    || 'whose heading is release_id,diff_measure,accepted_value,accepted_on,reason: '
    || release_id || ',' || diff_measure || ',' || found || ',YYYY-MM-DD,"your reason"' as sentence
from release_diff_measure as measured
left join accepted_difference as accepted using (release_id, diff_measure)
where not is_within
  and not is_accepted
  and (diff_measure <> 'codes_revalued_fraction' or coalesce(found >= least, true))
