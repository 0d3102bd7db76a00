-- The adjustments of payment that were law on a date of service, as known on known_on (left out: as known now).
-- grain: adjustment, applies_when
-- reads: payment_adjustment
-- rule: of the rows that cover the day and were known, the one announced last holds. Each row names its law.
create or replace macro payment_adjustment_on(service_date, known_on := null) as table
select
  adjustment,
  applies_when,
  arg_max(factor, announced_on) as factor,
  max(announced_on) as announced_on,
  arg_max(law, announced_on) as law,
  arg_max(source, announced_on) as source
from payment_adjustment
where cast(service_date as date) between effective_from and coalesce(effective_to, cast(service_date as date))
  and (known_on is null or announced_on <= cast(known_on as date))
group by adjustment, applies_when;
