-- Why a row without a price has none, as a sentence without its full stop.
-- grain: one text
-- reads: its arguments
-- rule: the reason of the status code (flows/catalog/status_codes.csv); a status that prices has none, and the row then lacks RVUs.
create or replace macro unpriced_reason(status, is_known, reason) as
  case
    when not is_known then 'Status ' || status || ', whose meaning is not known'
    else coalesce(reason, 'Active (status ' || status || ') without RVUs')
  end;
