-- The last date of service of a release, as known on known_on (null: as known now, which is last_day).
-- grain: one date
-- reads: announced_end
-- rule: CMS shortened a release after it had published it (RVU24A, when the law of 9 March 2024 changed the factor). Before changed_on
-- it was for dates of service to announced_valid_to; of several such changes the first one that was still to come says the end.
-- The label is renamed first, so that an argument named label is that of whoever asks.
create or replace macro valid_to_known(release_label, last_day, known_on) as
  coalesce(
    (
      select min_by(announced_valid_to, changed_on)
      from (select label as announced_label, announced_valid_to, changed_on from announced_end)
      where announced_label = release_label and changed_on > cast(known_on as date)
    ),
    last_day
  );
