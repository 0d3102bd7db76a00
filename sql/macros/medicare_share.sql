-- What Medicare owes of an allowed amount, in dollars: 80 %, once the deductible is met and before sequestration.
-- grain: one amount
-- reads: its arguments
-- rule: Social Security Act, section 1833(a)(1)(N); rounded half up to the cent. 80 % of whole cents never ends in half a cent, so
-- this share and the 20 % that the patient owes add up to the allowed amount whichever of them is rounded.
create or replace macro medicare_share(allowed_amount) as
  round(cast(allowed_amount as decimal(15, 2)) * cast(0.80 as decimal(3, 2)), 2);
