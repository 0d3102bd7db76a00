-- Where a code stands in one group by one measure.
-- grain: one standing
-- reads: its arguments
-- rule: kind is the grouping, amount the code's own value, figures are those of group_summary, below and ties those of code_place.
-- percentile is the share of the group's n codes that are strictly below, in percent; rank is 1 for the highest, and codes of one value
-- share it: all that are neither below nor beside are above. ratio_to_median is null where the median is 0.
create or replace macro standing(kind, group_name, measure, amount, below, ties, figures) as
  {
    'grouping': kind,
    'group_name': group_name,
    'measure': measure,
    'value': amount,
    'n': figures.n,
    'below': below,
    'ties': ties,
    'rank': figures.n - below - ties,
    'percentile': cast(round(100 * below / figures.n, 2) as decimal(5, 2)),
    'median': figures.median,
    'p25': figures.p25,
    'p75': figures.p75,
    'minimum': figures.minimum,
    'maximum': figures.maximum,
    'ratio_to_median': cast(round(amount / nullif(figures.median, 0), 6) as decimal(12, 6))
  };
