-- What Medicare pays for a code in a locality on a date of service, in dollars, with the RVUs that later releases of the same
-- calendar year corrected; as known on known_on (left out: as known now). rvu_release_id is the release that the RVUs come from.
-- grain: qp_status, mac, locality, code, modifier
-- reads: dated_payment
-- rule: rvu_source_on and dated_payment. Conversion factor and indices stay those of the day. The best estimate of what a claim is paid
-- once it is adjusted; which changes reach back to 1 January stands in CMS's change requests, not in the files.
create or replace macro payment_corrected_on(service_date, known_on := null) as table
from dated_payment(service_date, known_on, true);
