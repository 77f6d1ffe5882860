-- Score history: what the scores of a customer were, when. One change a statement; statements are parted by a semicolon at line's end.
CREATE TABLE IF NOT EXISTS score_snapshot (
  customer_id UUID NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  churn_probability REAL,
  -- squawk-ignore prefer-bigint-over-smallint
  rfm SMALLINT,
  lifetime_value NUMERIC(20, 6),
  lifecycle_stage TEXT NOT NULL,
  value_tier TEXT,
  risk_band TEXT,
  PRIMARY KEY (customer_id, as_of),
  CONSTRAINT score_snapshot_lifecycle_stage_known CHECK (lifecycle_stage IN ('PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK')),
  CONSTRAINT score_snapshot_value_tier_known CHECK (value_tier IN ('HIGH', 'MEDIUM', 'LOW', 'UNPROFITABLE')),
  CONSTRAINT score_snapshot_risk_band_known CHECK (risk_band IN ('LOW', 'MEDIUM', 'HIGH'))
);

CREATE INDEX IF NOT EXISTS score_snapshot_as_of ON score_snapshot (as_of);

CREATE TABLE IF NOT EXISTS snapshot_of_all (
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (as_of)
);

-- Entries of the timetable that come once a month: on that day, 1 to 28.
-- squawk-ignore prefer-bigint-over-smallint
ALTER TABLE schedule ADD COLUMN IF NOT EXISTS on_day SMALLINT;
