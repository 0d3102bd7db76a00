-- The form of a code, by which its section is looked up: a dot for each digit place, and the letter where the code has one that names
-- its section, first (G0101: G....) or last (0001F: ....F). A CPT code of five digits has the form of five dots.
-- grain: one text
-- reads: its arguments
-- rule: HCPCS Level II codes begin with a letter; CPT codes are five digits, or four digits and a letter (Category II, Category III,
-- proprietary laboratory analyses, multianalyte assays).
create or replace macro code_form(code) as
  case
    when left(code, 1) between 'A' and 'Z' then left(code, 1) || '....'
    when right(code, 1) between 'A' and 'Z' then '....' || right(code, 1)
    else '.....'
  end;
