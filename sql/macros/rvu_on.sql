-- The RVUs and payment indicators on a date of service, as the release that governs it printed them; the columns of table rvu.
-- grain: code, modifier
-- reads: release_on, rvu
-- rule: release_on. No rows where no loaded release governs the day (release_reason_on).
create or replace macro rvu_on(service_date, known_on := null) as table
select rvu.*
from rvu
join release_on(service_date, known_on) as governing on governing.release_id = rvu.release_id;
