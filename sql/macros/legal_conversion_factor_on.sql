-- The conversion factor in dollars per RVU that the law had for a date of service, as known on known_on (left out: as known now).
-- grain: qp_status
-- reads: legal_conversion_factor
-- rule: Social Security Act, section 1848(d). Of the rows that cover the day and were known, the one announced last holds: a law
-- replaces the rule before it, from whatever day it says. QP and non-QP have factors of their own from 2026.
create or replace macro legal_conversion_factor_on(service_date, known_on := null) as table
select
  qp_status,
  arg_max(conversion_factor, announced_on) as conversion_factor,
  arg_max(effective_from, announced_on) as effective_from,
  arg_max(effective_to, announced_on) as effective_to,
  max(announced_on) as announced_on,
  arg_max(law, announced_on) as law,
  arg_max(source, announced_on) as source
from legal_conversion_factor
where cast(service_date as date) between effective_from and effective_to
  and (known_on is null or announced_on <= cast(known_on as date))
group by qp_status;
