-- The first release of a year revalues about half of all codes.
-- grain: release
-- reads: release_diff_measure
-- severity: warning
-- rule: practice expense is spread anew each January (flows/catalog/release_bounds.csv). A release with hardly any other value than the
-- year before may be the file of that year under another name: hold a few of its amounts against CMS's rule before using them.
select release_id, compared_release_id, years_apart, found as codes_revalued_fraction, least as expected_at_least
from release_diff_measure
where diff_measure = 'codes_revalued_fraction' and found < least and not is_accepted
