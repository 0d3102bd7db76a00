-- What Medicare allows for a code nationally and over the localities, as a sentence; null without a price.
-- grain: one text
-- reads: its arguments
-- rule: the amounts of a row of page_fact. The second sentence is left out where the release has no localities.
create or replace macro payments_sentence(page) as
  'Nationally ' || dollars(page.nonfacility_allowed) || ' outside facilities and ' || dollars(page.facility_allowed)
  || ' in facilities, at ' || page.conversion_factor || ' dollars per RVU.'
  || coalesce(
    ' Over ' || page.locality_count || ' localities from ' || dollars(page.nonfacility_lowest) || ' to '
    || dollars(page.nonfacility_highest) || ' outside facilities, and from ' || dollars(page.facility_lowest) || ' to '
    || dollars(page.facility_highest) || ' in facilities.',
    ''
  );
