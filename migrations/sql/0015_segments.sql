-- Segments: saved questions that stay answered, and who is and was in them. One change a statement; statements are parted by a semicolon at line's end.

CREATE TABLE IF NOT EXISTS segment (
  segment_id UUID NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  search_fold TEXT COLLATE "C" NOT NULL,
  description TEXT,
  kind TEXT NOT NULL,
  number BIGINT,
  member_count BIGINT DEFAULT 0 NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  refreshed_at timestamptz,
  archived_at timestamptz,
  PRIMARY KEY (segment_id),
  CONSTRAINT segment_key UNIQUE (key),
  CONSTRAINT segment_kind_known CHECK (kind IN ('RULE', 'STATIC', 'DISCOVERED'))
);
CREATE INDEX IF NOT EXISTS segment_created_at ON segment (created_at, segment_id);

-- An edit makes another version, which is built beside the one that holds, and then holds.
CREATE TABLE IF NOT EXISTS segment_version (
  number BIGINT NOT NULL,
  segment_id UUID NOT NULL,
  rule JSONB,
  filter JSONB,
  definition TEXT,
  masked TEXT,
  personal BOOLEAN DEFAULT false NOT NULL,
  made_at timestamptz NOT NULL,
  retired_at timestamptz,
  PRIMARY KEY (number)
);
CREATE INDEX IF NOT EXISTS segment_version_segment ON segment_version (segment_id);

CREATE TABLE IF NOT EXISTS segment_use (
  segment_id UUID NOT NULL,
  named_id UUID NOT NULL,
  PRIMARY KEY (segment_id, named_id)
);
CREATE INDEX IF NOT EXISTS segment_use_named ON segment_use (named_id);

-- Who is in what, packed: one row a customer.
CREATE TABLE IF NOT EXISTS customer_segment (
  customer_id UUID NOT NULL,
  segments BIGINT[] DEFAULT '{}' NOT NULL,
  entered_at timestamptz[] DEFAULT '{}' NOT NULL,
  causes BIGINT[] DEFAULT '{}' NOT NULL,
  refreshed_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id)
);
CREATE INDEX IF NOT EXISTS customer_segment_segments ON customer_segment USING gin (segments);

-- Stays that have ended.
CREATE TABLE IF NOT EXISTS segment_stay (
  customer_id UUID NOT NULL,
  segment_id UUID NOT NULL,
  entered_at timestamptz NOT NULL,
  entered_cause TEXT NOT NULL,
  left_at timestamptz NOT NULL,
  left_cause TEXT NOT NULL,
  PRIMARY KEY (customer_id, segment_id, entered_at),
  CONSTRAINT segment_stay_entered_cause_known CHECK (entered_cause IN ('DATA_CHANGED', 'TIME_PASSED', 'RULE_CHANGED', 'LIST_CHANGED', 'MERGED')),
  CONSTRAINT segment_stay_left_cause_known CHECK (left_cause IN ('DATA_CHANGED', 'TIME_PASSED', 'RULE_CHANGED', 'LIST_CHANGED', 'MERGED'))
);
CREATE INDEX IF NOT EXISTS segment_stay_left ON segment_stay (segment_id, left_at);

CREATE TABLE IF NOT EXISTS segment_listed (
  customer_id UUID NOT NULL,
  segment_id UUID NOT NULL,
  recorded_for UUID NOT NULL,
  listed_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, segment_id, recorded_for)
);
CREATE INDEX IF NOT EXISTS segment_listed_segment ON segment_listed (segment_id, customer_id);

-- How far the clock was followed.
CREATE TABLE IF NOT EXISTS segment_sweep (
  sweep_id BIGINT NOT NULL,
  before timestamptz NOT NULL,
  swept_until timestamptz NOT NULL,
  PRIMARY KEY (sweep_id)
);
