-- The conversion factor in the files of a release is the one that the law had for its first day.
-- grain: release, qp_status
-- reads: release, conversion_factor, legal_conversion_factor
-- severity: error
-- rule: flows/catalog/conversion_factors.csv. A file may carry the factor that was law when it was published or the one that is law for
-- its days as known now (RVU06A was undone by a later law). Releases that never took effect are not compared, nor days for which no law
-- is listed. Prices follow the law: where the file is right, the missing law is to be added.
with compared as (
  select
    release.release_id,
    release.valid_from,
    printed.qp_status,
    printed.conversion_factor,
    arg_max(legal.conversion_factor, legal.announced_on) as legal_factor_now,
    arg_max(legal.conversion_factor, legal.announced_on) filter (
      where legal.announced_on <= release.published_on
    ) as legal_factor_then
  from release
  join conversion_factor as printed on printed.release_id = release.release_id
  join legal_conversion_factor as legal
    on legal.qp_status = printed.qp_status and release.valid_from between legal.effective_from and legal.effective_to
  where release.governs
  group by release.release_id, release.valid_from, printed.qp_status, printed.conversion_factor
)
select release_id, valid_from, qp_status, conversion_factor, legal_factor_now, legal_factor_then
from compared
where conversion_factor <> legal_factor_now
  and conversion_factor is distinct from legal_factor_then
