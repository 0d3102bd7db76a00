-- Since when a code is known, and its last change, as a sentence.
-- grain: one text
-- reads: its arguments
-- rule: periods of code_history, the oldest first. The first loaded release that has a code says nothing about the time before it,
-- which is said unless CMS says when it added the code (added_on, null where that is not known).
create or replace macro history_sentence(code, periods, added_on) as
  case
    when periods[1].change_kind = 'first_seen'
      then code || ' is in the first release loaded, ' || periods[1].release_id
        || case when added_on is null then '; how old it is the files do not say.' else '.' end
    else code || ' was added with ' || periods[1].release_id || ', for services from ' || periods[1].effective_from || '.'
  end
  || case
    when len(periods) = 1 then ' Nothing has changed since.'
    else ' Last change with ' || periods[-1].release_id || ', for services from ' || periods[-1].effective_from || ': '
      || coalesce(periods[-1].values_changed, replace(periods[-1].change_kind, '_', ' ')) || '.'
  end;
