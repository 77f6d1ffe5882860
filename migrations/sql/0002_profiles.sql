-- What a customer needs and allows: needs, consents, preferences, declared attributes, summaries. One change a statement; statements are parted by a semicolon at line's end.

-- Where a statement was learnt; null where a profile was stated outright.
ALTER TABLE customer_statement ADD COLUMN IF NOT EXISTS touchpoint_id UUID;

-- Everybody who told of an identity, not only who told of it first; rows of before are filled by the version's file.
ALTER TABLE customer_identity ADD COLUMN IF NOT EXISTS sources TEXT[] DEFAULT '{}' NOT NULL;

-- A hash of the normalised address: customers with the same one are a household.
ALTER TABLE customer ADD COLUMN IF NOT EXISTS household_key UUID;

-- All that was ever said; what holds now is marked.
CREATE TABLE IF NOT EXISTS customer_consent (
  customer_id UUID NOT NULL,
  consent_id UUID NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  status TEXT NOT NULL,
  source TEXT,
  touchpoint_id UUID,
  recorded_at timestamptz NOT NULL,
  expires_at timestamptz,
  recorded_for UUID NOT NULL,
  merge_id UUID,
  holds BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (customer_id, consent_id),
  CONSTRAINT customer_consent_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER')),
  CONSTRAINT customer_consent_purpose_known CHECK (purpose IN ('MARKETING', 'SERVICE', 'PROFILING')),
  CONSTRAINT customer_consent_status_known CHECK (status IN ('GRANTED', 'DENIED', 'WITHDRAWN'))
);

CREATE INDEX IF NOT EXISTS customer_consent_holds ON customer_consent (channel, purpose, status, customer_id) WHERE holds;

CREATE TABLE IF NOT EXISTS customer_need (
  customer_id UUID NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  need_id UUID NOT NULL,
  detail TEXT,
  strength DOUBLE PRECISION NOT NULL,
  source TEXT,
  touchpoint_id UUID,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, kind, name),
  CONSTRAINT customer_need_kind_known CHECK (kind IN ('MOTIVATION', 'BELIEF', 'PREFERENCE', 'LIFE_STAGE', 'DECISION_STYLE'))
);

CREATE INDEX IF NOT EXISTS customer_need_name ON customer_need (kind, name, customer_id);

CREATE TABLE IF NOT EXISTS customer_preference (
  customer_id UUID NOT NULL,
  channel TEXT NOT NULL,
  preferred BOOLEAN NOT NULL,
  source TEXT,
  touchpoint_id UUID,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, channel),
  CONSTRAINT customer_preference_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'))
);

-- The attributes that hold, one a row, typed as they were declared: what filters look in.
CREATE TABLE IF NOT EXISTS customer_attribute (
  customer_id UUID NOT NULL,
  name TEXT NOT NULL,
  personal BOOLEAN NOT NULL,
  text_value TEXT,
  text_fold TEXT COLLATE "C",
  number_value DOUBLE PRECISION,
  boolean_value BOOLEAN,
  date_value DATE,
  PRIMARY KEY (customer_id, name)
);

CREATE INDEX IF NOT EXISTS customer_attribute_text ON customer_attribute (name, text_fold, customer_id);

CREATE INDEX IF NOT EXISTS customer_attribute_number ON customer_attribute (name, number_value, customer_id) WHERE number_value IS NOT NULL;

CREATE INDEX IF NOT EXISTS customer_attribute_boolean ON customer_attribute (name, boolean_value, customer_id) WHERE boolean_value IS NOT NULL;

CREATE INDEX IF NOT EXISTS customer_attribute_date ON customer_attribute (name, date_value, customer_id) WHERE date_value IS NOT NULL;

CREATE TABLE IF NOT EXISTS attribute_declaration (
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  personal BOOLEAN NOT NULL,
  description TEXT,
  declared_at timestamptz NOT NULL,
  PRIMARY KEY (name),
  CONSTRAINT attribute_declaration_type_known CHECK (type IN ('STRING', 'NUMBER', 'BOOLEAN', 'DATE'))
);

-- What filters over everybody look in; the same fields of one customer are computed from facts.
CREATE TABLE IF NOT EXISTS customer_summary (
  customer_id UUID NOT NULL,
  preferred_channel TEXT,
  recommend_score BIGINT,
  average_satisfaction DOUBLE PRECISION,
  open_cases BIGINT DEFAULT 0 NOT NULL,
  complaints BIGINT DEFAULT 0 NOT NULL,
  median_hours_to_resolve DOUBLE PRECISION,
  as_of timestamptz NOT NULL,
  PRIMARY KEY (customer_id),
  CONSTRAINT customer_summary_preferred_channel_known CHECK (preferred_channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'))
);

CREATE INDEX IF NOT EXISTS customer_summary_preferred_channel ON customer_summary (preferred_channel, customer_id);

CREATE INDEX IF NOT EXISTS customer_summary_recommend_score ON customer_summary (recommend_score, customer_id);

CREATE INDEX IF NOT EXISTS customer_summary_average_satisfaction ON customer_summary (average_satisfaction, customer_id);

CREATE INDEX IF NOT EXISTS customer_summary_open_cases ON customer_summary (open_cases, customer_id);
