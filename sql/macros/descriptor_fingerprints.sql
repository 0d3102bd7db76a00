-- The fingerprints of a text as a whole and of each of its parts between punctuation, to be found in table protected_descriptor.
-- grain: one list
-- reads: its argument
-- rule: the first 16 digits of the sha256 of the words in lower case with single blanks (flows/normalize/descriptors.py).
create or replace macro descriptor_fingerprints(words) as
  list_transform(
    list_append(regexp_split_to_array(lower(words), '["''|,;:\t\n\r<>()\[\]{}`]+'), lower(words)),
    lambda part: left(sha256(trim(regexp_replace(part, '\s+', ' ', 'g'))), 16)
  );
