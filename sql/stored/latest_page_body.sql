-- What the page of every code shows as it was last, but its questions (view latest_code_page).
-- grain: hcpcs_code
-- reads: page_body, page_fact, code_standings, latest_listing, rvu, payment_range, indicator_words, code_place, group_summary,
-- similar_codes, code_periods
-- scope: latest
-- inlines: page_body, page_fact, code_standings
-- rule: the row of page_body, column by column, of the release that latest_listing names. Stored, because a site asks for these pages, and
-- a view puts each together from ten tables. Without the questions: to make them takes two milliseconds for the page that is asked for, and
-- to store those of all pages a twentieth of the time in which a release is added.
create or replace table latest_page_body as
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
-- As it is put in, page_body has the rows that are sought and no others: to ask for them again would move all that a page holds once more.
select page_body.*
from page_body;
