-- The most that a physician who does not participate may charge, in dollars: 115 % of 95 % of the rounded amount allowed.
-- grain: one amount
-- reads: its arguments
-- rule: Social Security Act, section 1848(g)(2); CMS RVU record layout: the amount x 1.0925. CMS's own screens multiply the
-- rounded amount and round again, half up to the cent.
create or replace macro limiting_charge(allowed_amount) as
  round(cast(allowed_amount as decimal(13, 2)) * cast(1.0925 as decimal(5, 4)), 2);
