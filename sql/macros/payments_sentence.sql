-- What Medicare allows for a code nationally and over the localities, as a sentence; null without a price.
-- grain: one text
-- reads: its arguments
-- rule: the amounts of a row of page_fact, one by one: to pass the row would put all of it together, lists too, for each amount. The
-- second sentence is left out where the release has no localities.
create or replace macro payments_sentence(
  factor, outside, inside, places, outside_lowest, outside_highest, inside_lowest, inside_highest
) as
  'Nationally ' || dollars(outside) || ' outside facilities and ' || dollars(inside)
  || ' in facilities, at ' || factor || ' dollars per RVU.'
  || coalesce(
    ' Over ' || places || ' localities from ' || dollars(outside_lowest) || ' to '
    || dollars(outside_highest) || ' outside facilities, and from ' || dollars(inside_lowest) || ' to '
    || dollars(inside_highest) || ' in facilities.',
    ''
  );
