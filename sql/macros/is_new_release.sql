-- Whether a release is new in this build: all of them, unless the build began as a copy of a published warehouse.
-- grain: one release
-- reads: its argument
-- rule: a release is never changed once it is published, so what was stored for it and what checks found in it alone stay true. A build
-- that adds releases, or makes the rows of some after those of others, puts a macro of its connection in the place of this one, which names
-- them. Only for stored tables with a scope in their head: `scope: release` looks at each release by itself; `scope: onward` looks
-- at those before it too, and is made anew from the first new release on; `scope: year` is made anew from the first day of its calendar
-- year on, since within a year releases correct each other. And for checks that look at each release by itself.
create or replace macro is_new_release(release_id) as true;
