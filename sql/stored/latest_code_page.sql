-- The page of every code as it was last: of the newest governing release, or for a code that is gone of the last one that listed it.
-- grain: hcpcs_code
-- reads: code_page, page_fact, code_standings, latest_listing, rvu, payment_range, indicator_words, code_place, group_summary, similar_codes,
-- code_periods
-- scope: latest
-- inlines: code_page, page_fact, code_standings
-- rule: the row of code_page, column by column, of the release that latest_listing names; code_page has the other releases. A code that is
-- gone has a release_id before the newest of the table, and its amounts are those of that release. The newest release may be one that
-- is not in force yet (release_on says which is). A code that only releases list which never governed a day has no row. Stored,
-- because a site asks for these pages, and a view puts each together from ten tables.
create or replace table latest_code_page as
with sought as (
  -- The statements of these views are put in below in the place of their names (`inlines:`), and so read these tables, narrowed
  -- to what is sought: else every page of every release would be made. Not sorted: sorting would take a sixth of the time, and one page is
  -- found as fast.
  select hcpcs_code, last_listed_release_id as release_id
  from latest_listing
  where is_new_release(last_listed_release_id)
),
rvu as (
  select listed.*
  from main.rvu as listed
  semi join sought on sought.release_id = listed.release_id and sought.hcpcs_code = listed.hcpcs_code
  where is_new_release(listed.release_id)
),
payment_range as (
  select paid.*
  from main.payment_range as paid
  semi join sought on sought.release_id = paid.release_id and sought.hcpcs_code = paid.hcpcs_code
  where is_new_release(paid.release_id)
),
indicator_words as (
  select words.*
  from main.indicator_words as words
  where is_new_release(words.release_id)
),
code_place as (
  select placed.*
  from main.code_place as placed
  semi join sought on sought.release_id = placed.release_id and sought.hcpcs_code = placed.hcpcs_code
  where is_new_release(placed.release_id)
),
group_summary as (
  select summarised.*
  from main.group_summary as summarised
  where is_new_release(summarised.release_id)
),
similar_codes as (
  select compared.*
  from main.similar_codes as compared
  semi join sought on sought.release_id = compared.release_id and sought.hcpcs_code = compared.hcpcs_code
  where is_new_release(compared.release_id)
),
code_periods as (
  select lived.*
  from main.code_periods as lived
  semi join sought on sought.hcpcs_code = lived.hcpcs_code
)
-- As it is put in, code_page has the rows that are sought and no others: to ask for them again would move all that a page holds once more.
select code_page.*
from code_page;
