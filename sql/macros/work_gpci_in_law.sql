-- The geographic index of work as the law had it on a day, from the one in force and the one without floor that a file prints.
-- grain: one index
-- reads: its arguments
-- rule: Social Security Act, section 1848(e)(1)(E): where the floor is law, no index is below it. Where it is not (null), the
-- index without floor holds if the file prints it; a file that prints one index only was made under one law.
create or replace macro work_gpci_in_law(work_gpci, work_gpci_unfloored, work_gpci_floor) as
  case
    when work_gpci_floor is null then coalesce(work_gpci_unfloored, work_gpci)
    else greatest(work_gpci, cast(work_gpci_floor as decimal(4, 3)))
  end;
