-- What sequestration takes off the amount that Medicare owes, in dollars; the patient's share is not touched.
-- grain: one amount
-- reads: its arguments
-- rule: 2 U.S.C. 901a(6): a fraction of what Medicare pays after deductible and coinsurance, rounded half up to the cent. The
-- fraction of each period stands in table payment_adjustment.
create or replace macro sequestration(medicare_share_amount, sequestration_rate) as
  round(cast(medicare_share_amount as decimal(13, 2)) * cast(sequestration_rate as decimal(5, 4)), 2);
