-- The date by which an edition takes its place among the editions of its label; null where their numbers decide.
-- grain: one date
-- reads: release
-- rule: CMS dates an archive when it cuts it, so of editions that are all dated the one cut last is the newest, in whatever order
-- they were loaded. One edition without a date leaves no order by dates: then all of the label stand as they were loaded. The
-- order of editions is `edition_date(label, archive_dated), edition`, here and in warehouse/edition_order.py.
create or replace macro edition_date(release_label, dated) as
  case
    when not exists (
      select 1
      from (select label as other_label, archive_dated as other_dated from release)
      where other_label = release_label and other_dated is null
    )
      then dated
  end;
