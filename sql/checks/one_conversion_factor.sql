-- Every release has one non-QP conversion factor, between 20 and 50 dollars, and a QP factor from 2026 at most.
-- grain: release
-- reads: release, conversion_factor
-- severity: error
-- rule: one factor a file; all factors since 1998 lie between 24.67 (RVU12A) and 38.26. Two factors by law from 2026 (MACRA).
select release.release_id, count(conversion_factor.conversion_factor) as factors, any_value(conversion_factor.conversion_factor) as factor
from release
left join conversion_factor on conversion_factor.release_id = release.release_id
group by release.release_id, release.year
having count(*) filter (where conversion_factor.qp_status = 'non_qp') <> 1
  or count(*) filter (where conversion_factor.qp_status = 'qp') > (case when release.year >= 2026 then 1 else 0 end)
  or min(conversion_factor.conversion_factor) < 20
  or max(conversion_factor.conversion_factor) > 50
