-- Geographic indices lie where they have always lain, and a floor never lowers the index of work.
-- grain: release, mac, locality
-- reads: gpci
-- severity: error
-- rule: seen 2009 to 2026: work 0.95 to 1.5, practice expense 0.69 to 1.4, malpractice 0.25 to 2.6. A value outside 0.2 to 3 is a
-- misread column.
select release_id, mac, locality, work_gpci, work_gpci_unfloored, pe_gpci, mp_gpci
from gpci
where work_gpci not between 0.5 and 2
  or pe_gpci not between 0.4 and 2
  or mp_gpci not between 0.15 and 4
  or work_gpci < work_gpci_unfloored
