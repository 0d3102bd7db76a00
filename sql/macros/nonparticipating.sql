-- The amount allowed to a physician who does not participate in Medicare: 95 % of the amount allowed to one who does, in dollars.
-- grain: one amount
-- reads: its arguments
-- rule: Social Security Act, section 1848(a)(3); rounded half up to the cent.
create or replace macro nonparticipating(allowed_amount) as
  round(cast(allowed_amount as decimal(15, 2)) * cast(0.95 as decimal(3, 2)), 2);
