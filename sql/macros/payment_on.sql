-- What Medicare pays for a code in a locality on a date of service, in dollars, as the release that governs the day published the
-- RVUs and indices; as known on known_on (left out: as known now). Columns: macro dated_payment.
-- grain: qp_status, mac, locality, code, modifier
-- reads: dated_payment
-- rule: release_on and dated_payment. Nothing that was published after known_on is used. No rows where no loaded release governs the
-- day: release_reason_on says why.
create or replace macro payment_on(service_date, known_on := null) as table
from dated_payment(service_date, known_on, false);
