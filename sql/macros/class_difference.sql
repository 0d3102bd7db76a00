-- How far two codes are apart in CMS's classification: 0 the same family, 1 the same subcategory, 2 neither or not known.
-- grain: one pair
-- reads: its arguments, RBCS subcategory and family (PS000)
-- rule: family 000 is no family, so that two codes of it share the subcategory only.
create or replace macro class_difference(one, other) as
  cast(case
    when one = other and right(one, 3) <> '000' then 0
    when left(one, 2) = left(other, 2) then 1
    else 2
  end as integer);
