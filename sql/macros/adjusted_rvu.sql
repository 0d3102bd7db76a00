-- The RVUs of a service in a place: work, practice expense and malpractice, each times its geographic index, added up, not rounded.
-- grain: one service in one place
-- reads: its arguments
-- rule: 42 CFR 414.22 and 414.26: the part of the formula before the conversion factor. RVU 2 and GPCI 3 decimals make 5, exactly.
create or replace macro adjusted_rvu(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci) as
  cast(work_rvu * work_gpci + pe_rvu * pe_gpci + mp_rvu * mp_gpci as decimal(12, 5));
