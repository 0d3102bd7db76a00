-- Whether a release is new in this build: all of them, unless the build began as a copy of a published warehouse.
-- grain: one release
-- reads: its argument, the variable new_releases of the connection
-- rule: a release is never changed once it is published, so what was stored for it and what checks found in it alone stay true. Only
-- for stored tables and checks that look at each release by itself (`scope: release` in their head).
create or replace macro is_new_release(release_id) as
  coalesce(list_contains(getvariable('new_releases'), release_id), true);
