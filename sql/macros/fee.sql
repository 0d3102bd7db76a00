-- The fee schedule amount in dollars from RVUs, geographic indices and the conversion factor. The only place with the formula.
-- grain: one amount
-- reads: its arguments
-- rule: 42 CFR 414.20 and 414.22; CMS RVU record layout: [(work RVU x work GPCI) + (PE RVU x PE GPCI) + (MP RVU x MP GPCI)] x CF,
-- rounded half up to the cent once, at the end. Every step is exact: RVU 2, GPCI 3, factor 4 decimals make 9, within 18 digits.
create or replace macro fee(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor) as
  round(
    cast(work_rvu * work_gpci + pe_rvu * pe_gpci + mp_rvu * mp_gpci as decimal(12, 5)) * conversion_factor,
    2
  );
