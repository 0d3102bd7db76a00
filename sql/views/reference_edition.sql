-- The edition of each reference file and year that answers.
-- grain: reference, year
-- reads: reference_release
-- rule: the newest edition of a year. Editions of the embedded sample answer only while nothing else of their kind is loaded.
create or replace view reference_edition as
with only_sample as (
  select reference, bool_and(is_sample) as is_only_sample
  from reference_release
  group by reference
)
select
  reference_release.reference,
  reference_release.year,
  max_by(reference_release.reference_release_id, reference_release.edition) as reference_release_id
from reference_release
join only_sample on only_sample.reference = reference_release.reference
where not reference_release.is_sample or only_sample.is_only_sample
group by reference_release.reference, reference_release.year;
