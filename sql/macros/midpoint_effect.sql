-- The part of the change of a product that one of its two factors made, in dollars: its change times the mean of the other factor.
-- grain: one amount
-- reads: its arguments
-- rule: the symmetric split of T. L. Bennet (The Theory of Measurement of Changes in Cost of Living, Journal of the Royal Statistical
-- Society 83, 1920), the indicator that W. E. Diewert recommends for differences (Index number theory using differences rather than
-- ratios, American Journal of Economics and Sociology 64, 2005). Both factors are treated alike, so no order of the steps has to be
-- chosen, nothing is left over, and the way back has the same parts with the opposite sign. Halves are exact in decimals.
create or replace macro midpoint_effect(factor_before, factor_after, other_before, other_after) as
  cast(
    cast(factor_after - factor_before as decimal(9, 4))
      * cast((other_before + other_after) * cast(0.5 as decimal(2, 1)) as decimal(9, 5))
    as decimal(18, 9)
  );
