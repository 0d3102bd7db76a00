-- Who was paid by Medicare for a code: services by year, code, modifier class and specialty, reduced from CMS's Physician/Supplier
-- Procedure Summary.
-- grain: year, hcpcs_code, modifier_class, specialty_code
-- reads: utilisation_count, reference_edition
-- rule: the newest edition of each year. Counts below eleven are hidden; visible_services are those of the rows that are shown, and
-- hidden_rows tells how many others there are. Medicare's fee-for-service claims only.
create or replace view utilisation as
select
  reference_edition.year,
  utilisation_count.hcpcs_code,
  utilisation_count.modifier_class,
  utilisation_count.specialty_code,
  utilisation_count.visible_services,
  utilisation_count.visible_rows,
  utilisation_count.hidden_rows,
  utilisation_count.visible_payment,
  utilisation_count.reference_release_id
from utilisation_count
join reference_edition
  on reference_edition.reference = 'utilisation'
  and reference_edition.reference_release_id = utilisation_count.reference_release_id;
