-- The house: every table of the first release. Rules: text + CHECK in place of enums, no triggers, composite keys that
-- start with the owner, partitions by year. One change a statement; statements are parted by a semicolon at line's end.

CREATE TABLE api_key (
  key_id UUID NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  source TEXT,
  reads_personal_data BOOLEAN DEFAULT false NOT NULL,
  prefix TEXT NOT NULL,
  secret_hash BYTEA NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (key_id),
  CONSTRAINT api_key_role_known CHECK (role IN ('ANALYST', 'PARTNER', 'MARKETER', 'ADMIN'))
);

CREATE TABLE campaign (
  campaign_id UUID NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id),
  CONSTRAINT campaign_key UNIQUE (key)
);

CREATE TABLE customer (
  customer_id UUID NOT NULL,
  kind TEXT DEFAULT 'PERSON' NOT NULL,
  display_name TEXT,
  display_name_fold TEXT COLLATE "C",
  given_name TEXT,
  family_name TEXT,
  email TEXT,
  phone TEXT,
  search_fold TEXT DEFAULT '' NOT NULL,
  address_recipient TEXT,
  address_lines TEXT[] DEFAULT '{}' NOT NULL,
  postal_code TEXT,
  city TEXT,
  region TEXT,
  country TEXT,
  birth_date DATE,
  gender TEXT,
  language TEXT,
  time_zone TEXT,
  occupation TEXT,
  sector TEXT,
  household_size INTEGER,
  income_band TEXT,
  attributes JSONB DEFAULT '{}' NOT NULL,
  personal_attributes JSONB DEFAULT '{}' NOT NULL,
  acquisition_channel TEXT,
  acquisition_source TEXT,
  acquisition_at timestamptz,
  acquisition_campaign_id UUID,
  last_touchpoint_at timestamptz,
  merged_into UUID,
  erased_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id),
  CONSTRAINT customer_kind_known CHECK (kind IN ('PERSON', 'HOUSEHOLD', 'ORGANIZATION')),
  CONSTRAINT customer_acquisition_channel_known CHECK (acquisition_channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'))
);

CREATE INDEX customer_created_at ON customer (created_at, customer_id);

CREATE INDEX customer_display_name ON customer (display_name_fold, customer_id);

CREATE INDEX customer_last_touchpoint_at ON customer (last_touchpoint_at, customer_id);

CREATE INDEX customer_updated_at ON customer (updated_at, customer_id);

CREATE TABLE customer_alias (
  customer_id UUID NOT NULL,
  survivor_id UUID NOT NULL,
  merged_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id)
);

CREATE INDEX customer_alias_survivor ON customer_alias (survivor_id);

CREATE TABLE customer_identity (
  customer_id UUID NOT NULL,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  value TEXT NOT NULL,
  recorded_for UUID NOT NULL,
  source TEXT,
  verified BOOLEAN DEFAULT false NOT NULL,
  is_primary BOOLEAN DEFAULT false NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, kind, scope, value),
  CONSTRAINT customer_identity_kind_known CHECK (kind IN ('EMAIL', 'PHONE', 'EXTERNAL_ID', 'DEVICE', 'COOKIE'))
);

CREATE INDEX customer_identity_source ON customer_identity (source, customer_id);

CREATE TABLE customer_mark (
  customer_id UUID NOT NULL,
  bucket SMALLINT NOT NULL,
  wanted BIGINT DEFAULT 1 NOT NULL,
  done BIGINT DEFAULT 0 NOT NULL,
  attempt BIGINT DEFAULT 0 NOT NULL,
  lease_until timestamptz,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id)
);

CREATE INDEX customer_mark_behind ON customer_mark (bucket, customer_id) WHERE done < wanted;

CREATE TABLE customer_month (
  customer_id UUID NOT NULL,
  month DATE NOT NULL,
  channel TEXT NOT NULL,
  category TEXT NOT NULL,
  orders INTEGER DEFAULT 0 NOT NULL,
  category_orders INTEGER DEFAULT 0 NOT NULL,
  units BIGINT DEFAULT 0 NOT NULL,
  returned_units BIGINT DEFAULT 0 NOT NULL,
  revenue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  known_revenue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  returns NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_of_goods NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  touches INTEGER DEFAULT 0 NOT NULL,
  contacts INTEGER DEFAULT 0 NOT NULL,
  cost_to_serve NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  marketing_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  PRIMARY KEY (customer_id, month, channel, category),
  CONSTRAINT customer_month_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'))
);

CREATE TABLE customer_order (
  customer_id UUID NOT NULL,
  order_id UUID NOT NULL,
  recorded_for UUID NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  ordered_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  channel TEXT NOT NULL,
  trading_form TEXT NOT NULL,
  handled_by TEXT,
  currency TEXT NOT NULL,
  exchange_rate NUMERIC(20, 6) DEFAULT 1 NOT NULL,
  discount NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  shipping NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  total NUMERIC(20, 6) NOT NULL,
  total_in_currency NUMERIC(20, 6) NOT NULL,
  cost_of_goods NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  known_revenue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  returned NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  returned_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  paid NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  due_at timestamptz,
  stated_paid_at timestamptz,
  paid_at timestamptz,
  promised_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  cancelled_at timestamptz,
  offer_codes TEXT[] DEFAULT '{}' NOT NULL,
  campaign_id UUID,
  PRIMARY KEY (customer_id, order_id),
  CONSTRAINT customer_order_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER')),
  CONSTRAINT customer_order_trading_form_known CHECK (trading_form IN ('DIRECT', 'TRADITIONAL', 'RETAIL', 'E_COMMERCE', 'WHOLESALE', 'COMBINATION'))
);

CREATE INDEX customer_order_id ON customer_order (order_id);

CREATE INDEX customer_order_summary ON customer_order (customer_id, ordered_at) INCLUDE (total, returned, cost_of_goods, returned_cost, discount, cancelled_at);

CREATE INDEX customer_order_timeline ON customer_order (ordered_at, order_id);

CREATE TABLE customer_score_a (
  customer_id UUID NOT NULL,
  generation BIGINT DEFAULT 0 NOT NULL,
  as_of timestamptz,
  order_count INTEGER DEFAULT 0 NOT NULL,
  first_order_at timestamptz,
  last_order_at timestamptz,
  repeat_purchases INTEGER DEFAULT 0 NOT NULL,
  recency_weeks DOUBLE PRECISION,
  age_weeks DOUBLE PRECISION,
  repeat_profit_mean DOUBLE PRECISION,
  median_gap_days DOUBLE PRECISION,
  product_count INTEGER DEFAULT 0 NOT NULL,
  category_count INTEGER DEFAULT 0 NOT NULL,
  average_order_value NUMERIC(20, 6),
  return_rate DOUBLE PRECISION,
  discount_share DOUBLE PRECISION,
  revenue_trend DOUBLE PRECISION,
  overdue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  next_order_expected_at timestamptz,
  revenue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  returns NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_of_goods NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_to_serve NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  marketing_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  profit NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  rfm_recency SMALLINT,
  rfm_frequency SMALLINT,
  rfm_monetary SMALLINT,
  predicted NUMERIC(20, 6),
  predicted_low NUMERIC(20, 6),
  predicted_high NUMERIC(20, 6),
  lifetime_value NUMERIC(20, 6),
  expected_revenue NUMERIC(20, 6),
  expected_purchases DOUBLE PRECISION,
  expected_profit NUMERIC(20, 6),
  probability_alive DOUBLE PRECISION,
  horizon_months SMALLINT,
  value_model_id UUID,
  churn_probability DOUBLE PRECISION,
  risk_band TEXT,
  churn_reasons JSONB DEFAULT '[]' NOT NULL,
  rank_by_revenue INTEGER,
  rank_by_profit INTEGER,
  rank_by_value INTEGER,
  rank_by_churn INTEGER,
  ranked_of INTEGER,
  value_decile SMALLINT,
  rank_exact BOOLEAN DEFAULT false NOT NULL,
  lifecycle_stage TEXT DEFAULT 'PROSPECT' NOT NULL,
  lifecycle_since timestamptz NOT NULL,
  value_tier TEXT,
  absences JSONB DEFAULT '[]' NOT NULL,
  PRIMARY KEY (customer_id),
  CONSTRAINT customer_score_a_lifecycle_stage_known CHECK (lifecycle_stage IN ('PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK')),
  CONSTRAINT customer_score_a_value_tier_known CHECK (value_tier IN ('HIGH', 'MEDIUM', 'LOW', 'UNPROFITABLE')),
  CONSTRAINT customer_score_a_risk_band_known CHECK (risk_band IN ('LOW', 'MEDIUM', 'HIGH'))
);

CREATE INDEX customer_score_a_average_order_value ON customer_score_a (average_order_value DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_churn_probability ON customer_score_a (churn_probability DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_cost_to_serve ON customer_score_a (cost_to_serve DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_first_order_at ON customer_score_a (first_order_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_last_order_at ON customer_score_a (last_order_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_lifetime_value ON customer_score_a (lifetime_value DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_next_order_expected_at ON customer_score_a (next_order_expected_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_order_count ON customer_score_a (order_count DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_profit ON customer_score_a (profit DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_a_revenue ON customer_score_a (revenue DESC NULLS LAST, customer_id DESC);

CREATE TABLE customer_score_b (
  customer_id UUID NOT NULL,
  generation BIGINT DEFAULT 0 NOT NULL,
  as_of timestamptz,
  order_count INTEGER DEFAULT 0 NOT NULL,
  first_order_at timestamptz,
  last_order_at timestamptz,
  repeat_purchases INTEGER DEFAULT 0 NOT NULL,
  recency_weeks DOUBLE PRECISION,
  age_weeks DOUBLE PRECISION,
  repeat_profit_mean DOUBLE PRECISION,
  median_gap_days DOUBLE PRECISION,
  product_count INTEGER DEFAULT 0 NOT NULL,
  category_count INTEGER DEFAULT 0 NOT NULL,
  average_order_value NUMERIC(20, 6),
  return_rate DOUBLE PRECISION,
  discount_share DOUBLE PRECISION,
  revenue_trend DOUBLE PRECISION,
  overdue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  next_order_expected_at timestamptz,
  revenue NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  returns NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_of_goods NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_to_serve NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  marketing_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  profit NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  rfm_recency SMALLINT,
  rfm_frequency SMALLINT,
  rfm_monetary SMALLINT,
  predicted NUMERIC(20, 6),
  predicted_low NUMERIC(20, 6),
  predicted_high NUMERIC(20, 6),
  lifetime_value NUMERIC(20, 6),
  expected_revenue NUMERIC(20, 6),
  expected_purchases DOUBLE PRECISION,
  expected_profit NUMERIC(20, 6),
  probability_alive DOUBLE PRECISION,
  horizon_months SMALLINT,
  value_model_id UUID,
  churn_probability DOUBLE PRECISION,
  risk_band TEXT,
  churn_reasons JSONB DEFAULT '[]' NOT NULL,
  rank_by_revenue INTEGER,
  rank_by_profit INTEGER,
  rank_by_value INTEGER,
  rank_by_churn INTEGER,
  ranked_of INTEGER,
  value_decile SMALLINT,
  rank_exact BOOLEAN DEFAULT false NOT NULL,
  lifecycle_stage TEXT DEFAULT 'PROSPECT' NOT NULL,
  lifecycle_since timestamptz NOT NULL,
  value_tier TEXT,
  absences JSONB DEFAULT '[]' NOT NULL,
  PRIMARY KEY (customer_id),
  CONSTRAINT customer_score_b_lifecycle_stage_known CHECK (lifecycle_stage IN ('PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK')),
  CONSTRAINT customer_score_b_value_tier_known CHECK (value_tier IN ('HIGH', 'MEDIUM', 'LOW', 'UNPROFITABLE')),
  CONSTRAINT customer_score_b_risk_band_known CHECK (risk_band IN ('LOW', 'MEDIUM', 'HIGH'))
);

CREATE INDEX customer_score_b_average_order_value ON customer_score_b (average_order_value DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_churn_probability ON customer_score_b (churn_probability DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_cost_to_serve ON customer_score_b (cost_to_serve DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_first_order_at ON customer_score_b (first_order_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_last_order_at ON customer_score_b (last_order_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_lifetime_value ON customer_score_b (lifetime_value DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_next_order_expected_at ON customer_score_b (next_order_expected_at DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_order_count ON customer_score_b (order_count DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_profit ON customer_score_b (profit DESC NULLS LAST, customer_id DESC);

CREATE INDEX customer_score_b_revenue ON customer_score_b (revenue DESC NULLS LAST, customer_id DESC);

CREATE TABLE customer_statement (
  customer_id UUID NOT NULL,
  field TEXT NOT NULL,
  recorded_at timestamptz NOT NULL,
  source TEXT NOT NULL,
  recorded_for UUID NOT NULL,
  value JSONB,
  PRIMARY KEY (customer_id, field, recorded_at, source, recorded_for)
);

CREATE TABLE identity_claim (
  value TEXT NOT NULL,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  customer_id UUID NOT NULL,
  claimed_at timestamptz NOT NULL,
  PRIMARY KEY (value, kind, scope),
  CONSTRAINT identity_claim_kind_known CHECK (kind IN ('EMAIL', 'PHONE', 'EXTERNAL_ID', 'DEVICE', 'COOKIE'))
);

CREATE TABLE job (
  job_id UUID NOT NULL,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'QUEUED' NOT NULL,
  arguments JSONB DEFAULT '{}' NOT NULL,
  progress DOUBLE PRECISION DEFAULT 0 NOT NULL,
  detail TEXT,
  attempts INTEGER DEFAULT 0 NOT NULL,
  error TEXT,
  result JSONB,
  requested_by UUID,
  source TEXT,
  bucket SMALLINT DEFAULT 0 NOT NULL,
  run_after timestamptz NOT NULL,
  lease_until timestamptz,
  cancel_requested BOOLEAN DEFAULT false NOT NULL,
  queued_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (job_id),
  CONSTRAINT job_kind_known CHECK (kind IN ('SCORE_CUSTOMERS', 'FIT_VALUE_MODEL', 'REFRESH_SEGMENTS', 'DISCOVER_SEGMENTS', 'RUN_CAMPAIGN', 'MEASURE_CAMPAIGN', 'IMPORT', 'EXPORT', 'SNAPSHOT_METRICS', 'ERASE_CUSTOMER', 'DELIVER_WEBHOOKS')),
  CONSTRAINT job_status_known CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'))
);

CREATE INDEX job_open ON job (bucket, run_after) WHERE status IN ('QUEUED', 'RUNNING');

CREATE INDEX job_queued_at ON job (queued_at, job_id);

CREATE TABLE job_file (
  job_id UUID NOT NULL,
  file_id UUID NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  rows INTEGER,
  sha256 TEXT NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (job_id, file_id)
);

CREATE TABLE order_claim (
  claim_key UUID NOT NULL,
  customer_id UUID NOT NULL,
  order_id UUID NOT NULL,
  ordered_at timestamptz NOT NULL,
  PRIMARY KEY (claim_key)
);

CREATE TABLE order_line (
  customer_id UUID NOT NULL,
  order_id UUID NOT NULL,
  position SMALLINT NOT NULL,
  recorded_for UUID NOT NULL,
  product_id UUID NOT NULL,
  quantity INTEGER NOT NULL,
  returned_quantity INTEGER DEFAULT 0 NOT NULL,
  unit_price NUMERIC(20, 6) NOT NULL,
  unit_cost NUMERIC(20, 6),
  cost_given BOOLEAN DEFAULT false NOT NULL,
  total NUMERIC(20, 6) NOT NULL,
  discount NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  PRIMARY KEY (customer_id, order_id, position)
);

CREATE TABLE order_payment (
  customer_id UUID NOT NULL,
  order_id UUID NOT NULL,
  external_id TEXT NOT NULL,
  recorded_for UUID NOT NULL,
  method TEXT NOT NULL,
  amount NUMERIC(20, 6) NOT NULL,
  paid_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, order_id, external_id),
  CONSTRAINT order_payment_method_known CHECK (method IN ('CARD', 'BANK_TRANSFER', 'DIRECT_DEBIT', 'WALLET', 'INVOICE', 'INSTALMENTS', 'CASH', 'CHEQUE', 'VOUCHER', 'OTHER'))
);

CREATE TABLE order_return (
  customer_id UUID NOT NULL,
  return_id UUID NOT NULL,
  recorded_for UUID NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  returned_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  reason TEXT,
  refund NUMERIC(20, 6) NOT NULL,
  returned_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  PRIMARY KEY (customer_id, return_id)
);

CREATE INDEX order_return_id ON order_return (return_id);

CREATE INDEX order_return_time ON order_return (customer_id, returned_at);

CREATE TABLE product (
  product_id UUID NOT NULL,
  sku TEXT NOT NULL,
  name TEXT NOT NULL,
  name_fold TEXT COLLATE "C" NOT NULL,
  kind TEXT DEFAULT 'GOOD' NOT NULL,
  category TEXT,
  supplier TEXT,
  price NUMERIC(20, 6),
  unit_cost NUMERIC(20, 6),
  attributes JSONB DEFAULT '{}' NOT NULL,
  discontinued_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (product_id),
  CONSTRAINT product_kind_known CHECK (kind IN ('GOOD', 'SERVICE')),
  CONSTRAINT product_sku UNIQUE (sku)
);

CREATE INDEX product_name ON product (name_fold, product_id);

CREATE TABLE product_price (
  product_id UUID NOT NULL,
  valid_from timestamptz NOT NULL,
  price NUMERIC(20, 6),
  unit_cost NUMERIC(20, 6),
  PRIMARY KEY (product_id, valid_from)
);

CREATE TABLE return_claim (
  claim_key UUID NOT NULL,
  customer_id UUID NOT NULL,
  return_id UUID NOT NULL,
  returned_at timestamptz NOT NULL,
  PRIMARY KEY (claim_key)
);

CREATE TABLE return_line (
  customer_id UUID NOT NULL,
  return_id UUID NOT NULL,
  position SMALLINT NOT NULL,
  recorded_for UUID NOT NULL,
  product_id UUID NOT NULL,
  order_id UUID,
  order_position SMALLINT,
  quantity INTEGER NOT NULL,
  refund NUMERIC(20, 6) NOT NULL,
  returned_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  PRIMARY KEY (customer_id, return_id, position)
);

CREATE INDEX return_line_of_order ON return_line (customer_id, order_id);

CREATE TABLE schedule (
  name TEXT NOT NULL,
  kind TEXT,
  arguments JSONB DEFAULT '{}' NOT NULL,
  every_seconds NUMERIC(20, 6),
  at_time TEXT,
  on_weekday SMALLINT,
  enabled BOOLEAN DEFAULT true NOT NULL,
  next_at timestamptz NOT NULL,
  last_at timestamptz,
  PRIMARY KEY (name)
);

CREATE TABLE score_run (
  score_run_id UUID NOT NULL,
  as_of timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  customers INTEGER NOT NULL,
  value_model_id UUID,
  cuts JSONB DEFAULT '{}' NOT NULL,
  PRIMARY KEY (score_run_id)
);

CREATE INDEX score_run_as_of ON score_run (as_of);

CREATE TABLE settings (
  singleton SMALLINT NOT NULL,
  base_currency TEXT DEFAULT 'USD' NOT NULL,
  time_zone TEXT DEFAULT 'UTC' NOT NULL,
  horizon_months SMALLINT DEFAULT 12 NOT NULL,
  churn_horizon_days SMALLINT DEFAULT 180 NOT NULL,
  discount_rate DOUBLE PRECISION DEFAULT 0.1 NOT NULL,
  assumed_margin DOUBLE PRECISION DEFAULT 0.3 NOT NULL,
  global_holdout_share DOUBLE PRECISION DEFAULT 0 NOT NULL,
  frequency_cap JSONB,
  quiet_hours JSONB,
  rate_card JSONB DEFAULT '[]' NOT NULL,
  secret_fingerprint TEXT,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (singleton)
);

CREATE TABLE touchpoint (
  customer_id UUID NOT NULL,
  occurred_at timestamptz NOT NULL,
  touchpoint_id UUID NOT NULL,
  recorded_for UUID NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  function TEXT NOT NULL,
  direction TEXT NOT NULL,
  recorded_at timestamptz NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT,
  subject TEXT,
  campaign_id UUID,
  contact_id UUID,
  order_id UUID,
  product_id UUID,
  case_number TEXT,
  handled_by TEXT,
  competitor TEXT,
  cost NUMERIC(20, 6) DEFAULT 0 NOT NULL,
  cost_given BOOLEAN DEFAULT false NOT NULL,
  duration_seconds INTEGER,
  satisfaction SMALLINT,
  recommend_score SMALLINT,
  properties JSONB DEFAULT '{}' NOT NULL,
  PRIMARY KEY (customer_id, occurred_at, touchpoint_id),
  CONSTRAINT touchpoint_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER')),
  CONSTRAINT touchpoint_kind_known CHECK (kind IN ('VISIT', 'VIEW', 'SEARCH', 'COMPARE', 'CLICK', 'OPEN', 'CALL', 'MESSAGE', 'MEETING', 'BASKET', 'QUOTE', 'USE', 'PURCHASE', 'RETURN', 'PAYMENT', 'DELIVERY', 'CASE_OPENED', 'CASE_RESOLVED', 'COMPLAINT', 'SURVEY', 'REVIEW', 'REFERRAL', 'COMPETITOR_OFFER', 'SWITCHED_AWAY', 'CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE', 'UNSUBSCRIBE', 'OTHER')),
  CONSTRAINT touchpoint_function_known CHECK (function IN ('MARKETING', 'SALES', 'SERVICE', 'BILLING', 'LOGISTICS', 'PRODUCT_DEVELOPMENT', 'MANAGEMENT')),
  CONSTRAINT touchpoint_direction_known CHECK (direction IN ('INBOUND', 'OUTBOUND'))
)
 PARTITION BY RANGE (occurred_at);

CREATE INDEX touchpoint_id ON touchpoint (touchpoint_id);

CREATE INDEX touchpoint_timeline ON touchpoint (occurred_at, touchpoint_id);

CREATE TABLE touchpoint_claim (
  claim_key UUID NOT NULL,
  customer_id UUID NOT NULL,
  touchpoint_id UUID NOT NULL,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (claim_key)
);

CREATE TABLE value_model (
  value_model_id UUID NOT NULL,
  family TEXT NOT NULL,
  parameters JSONB DEFAULT '{}' NOT NULL,
  customers INTEGER NOT NULL,
  log_likelihood DOUBLE PRECISION NOT NULL,
  calibrated_until timestamptz NOT NULL,
  fitted_at timestamptz NOT NULL,
  in_use BOOLEAN DEFAULT false NOT NULL,
  warnings TEXT[] DEFAULT '{}' NOT NULL,
  holdout JSONB,
  PRIMARY KEY (value_model_id),
  CONSTRAINT value_model_family_known CHECK (family IN ('BG_NBD', 'MBG_NBD', 'PARETO_NBD', 'GAMMA_GAMMA'))
);

CREATE INDEX value_model_fitted_at ON value_model (fitted_at, value_model_id);

CREATE TABLE worker_beat (
  worker_id UUID NOT NULL,
  part TEXT NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (worker_id)
);

-- Touchpoints before the years at hand and after them wait in the default partition; a job makes the next year.
CREATE TABLE touchpoint_default PARTITION OF touchpoint DEFAULT;

-- The twins of the scores: this view names the live one, and the full run turns it.
CREATE VIEW customer_score AS SELECT * FROM customer_score_a;

INSERT INTO settings (singleton, updated_at) VALUES (1, '2026-01-01T00:00:00Z');
