-- The fee schedule amount in dollars from RVUs, geographic indices and the conversion factor: the formula.
-- grain: one amount
-- reads: its arguments
-- rule: 42 CFR 414.20 and 414.22; CMS RVU record layout: [(work RVU x work GPCI) + (PE RVU x PE GPCI) + (MP RVU x MP GPCI)] x CF,
-- rounded half up to the cent once, at the end. Macros adjusted_rvu and dollars are its two halves, the only places with it.
create or replace macro fee(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor) as
  dollars(adjusted_rvu(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci), conversion_factor);
