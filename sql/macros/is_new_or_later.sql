-- Whether a release is new in this build or follows a new one. All of them do, unless the build began as a copy of a published
-- warehouse.
-- grain: one release
-- reads: its argument, the variable onward_releases of the connection
-- rule: what is said of a release beside those before it stays true while a later one is added. A stored table that only looks back
-- (`scope: onward` in its head) is made anew from the first day of the calendar year of the first new release on: within a year
-- releases correct each other and take over each other's days.
create or replace macro is_new_or_later(release_id) as
  coalesce(list_contains(getvariable('onward_releases'), release_id), true);
