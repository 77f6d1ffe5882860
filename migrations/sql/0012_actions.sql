-- What to do next: response rates, and what is advised for each customer. One change a statement; statements are parted by a semicolon at line's end.

-- Base rates of everybody, made anew each night: how contacts are answered, which channels are used, what cases end in.
CREATE TABLE IF NOT EXISTS response_rate (
  topic TEXT NOT NULL,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  customers BIGINT NOT NULL,
  trials BIGINT NOT NULL,
  successes BIGINT NOT NULL,
  rate DOUBLE PRECISION NOT NULL,
  strength DOUBLE PRECISION NOT NULL,
  low DOUBLE PRECISION NOT NULL,
  high DOUBLE PRECISION NOT NULL,
  amount NUMERIC(20, 6),
  is_told BOOLEAN DEFAULT false NOT NULL,
  as_of timestamptz NOT NULL,
  PRIMARY KEY (topic, channel, name),
  CONSTRAINT response_rate_topic_known CHECK (topic IN ('ALL', 'CHANNEL', 'STANDING', 'OFFER', 'TOUCH', 'RECOVERY', 'PURCHASE'))
);

-- What is advised before all else.
CREATE TABLE IF NOT EXISTS customer_next_action (
  customer_id UUID NOT NULL,
  strategy TEXT NOT NULL,
  channel TEXT,
  product_id UUID,
  expected_profit NUMERIC(20, 6) NOT NULL,
  as_of timestamptz NOT NULL,
  PRIMARY KEY (customer_id),
  CONSTRAINT customer_next_action_strategy_known CHECK (strategy IN ('ONBOARD', 'NURTURE', 'CROSS_SELL', 'UP_SELL', 'REWARD_LOYALTY', 'RETAIN', 'WIN_BACK', 'RECOVER_SERVICE', 'REDUCE_COST_TO_SERVE')),
  CONSTRAINT customer_next_action_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'))
);

CREATE INDEX IF NOT EXISTS customer_next_action_strategy ON customer_next_action (strategy, customer_id);

-- The sums of it by strategy.
CREATE TABLE IF NOT EXISTS strategy_sum (
  strategy TEXT NOT NULL,
  customers BIGINT NOT NULL,
  expected_profit NUMERIC(20, 6) NOT NULL,
  as_of timestamptz NOT NULL,
  PRIMARY KEY (strategy),
  CONSTRAINT strategy_sum_strategy_known CHECK (strategy IN ('ONBOARD', 'NURTURE', 'CROSS_SELL', 'UP_SELL', 'REWARD_LOYALTY', 'RETAIN', 'WIN_BACK', 'RECOVER_SERVICE', 'REDUCE_COST_TO_SERVE'))
);

-- A kind of job that works it out: the wider set takes the place of the narrower.
-- squawk-ignore ban-drop-constraint
ALTER TABLE job DROP CONSTRAINT IF EXISTS job_kind_known;

ALTER TABLE job ADD CONSTRAINT job_kind_known CHECK (kind IN ('SCORE_CUSTOMERS', 'FIT_VALUE_MODEL', 'REFRESH_SEGMENTS', 'DISCOVER_SEGMENTS', 'RUN_CAMPAIGN', 'MEASURE_CAMPAIGN', 'IMPORT', 'EXPORT', 'SNAPSHOT_METRICS', 'ERASE_CUSTOMER', 'DELIVER_WEBHOOKS', 'RECALCULATE', 'RELATE_PRODUCTS', 'ADVISE_CUSTOMERS')) NOT VALID;

-- There are few jobs: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE job VALIDATE CONSTRAINT job_kind_known;
