-- Adjusted RVUs in dollars, rounded half up to the cent: the only rounding of a fee.
-- grain: one amount
-- reads: its arguments
-- rule: 42 CFR 414.20: the part of the formula from the conversion factor on. Adjusted RVU 5 and factor 4 decimals make 9, within 18
-- digits.
create or replace macro dollars(adjusted_rvus, conversion_factor) as round(adjusted_rvus * conversion_factor, 2);
