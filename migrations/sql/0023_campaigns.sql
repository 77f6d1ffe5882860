-- Campaigns and their contacts. One change a statement; statements are parted by a semicolon at line's end.

-- Defaults are those of campaigns of which only key and name are known: others sent them, and that is over. Who knows no
-- more than the release before writes such ones still.
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS search_fold TEXT COLLATE "C" DEFAULT '' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS goal TEXT DEFAULT 'CROSS_SELL' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS status TEXT DEFAULT 'COMPLETED' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS steps JSONB DEFAULT '[]' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS variants JSONB DEFAULT '[]' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS offer JSONB;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS holdout_share DOUBLE PRECISION DEFAULT 0 NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS response_kind TEXT DEFAULT 'ANY_ORDER' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS response_product_id UUID;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS response_window TEXT DEFAULT 'P30D' NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS frequency_cap JSONB;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS budget NUMERIC(20, 6);
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS fixed_cost NUMERIC(20, 6) DEFAULT 0 NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS randomised BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS starts_at timestamptz;
ALTER TABLE campaign ADD COLUMN IF NOT EXISTS ends_at timestamptz;
-- Run again, it is added again.
-- squawk-ignore ban-drop-constraint
ALTER TABLE campaign DROP CONSTRAINT IF EXISTS campaign_goal_known;
ALTER TABLE campaign ADD CONSTRAINT campaign_goal_known CHECK (goal IN ('ACQUIRE', 'ONBOARD', 'CROSS_SELL', 'UP_SELL', 'LOYALTY', 'RETAIN', 'WIN_BACK', 'SERVICE', 'RESEARCH')) NOT VALID;
-- There are few campaigns: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE campaign VALIDATE CONSTRAINT campaign_goal_known;
-- Run again, it is added again.
-- squawk-ignore ban-drop-constraint
ALTER TABLE campaign DROP CONSTRAINT IF EXISTS campaign_status_known;
ALTER TABLE campaign ADD CONSTRAINT campaign_status_known CHECK (status IN ('DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED')) NOT VALID;
-- There are few campaigns: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE campaign VALIDATE CONSTRAINT campaign_status_known;
-- Run again, it is added again.
-- squawk-ignore ban-drop-constraint
ALTER TABLE campaign DROP CONSTRAINT IF EXISTS campaign_response_kind_known;
ALTER TABLE campaign ADD CONSTRAINT campaign_response_kind_known CHECK (response_kind IN ('ANY_ORDER', 'PRODUCT_ORDER', 'CLICK', 'REPLY', 'VISIT')) NOT VALID;
-- There are few campaigns: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE campaign VALIDATE CONSTRAINT campaign_response_kind_known;

CREATE TABLE IF NOT EXISTS campaign_segment (
  campaign_id UUID NOT NULL,
  segment_id UUID NOT NULL,
  excluded BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (campaign_id, segment_id)
);
CREATE INDEX IF NOT EXISTS campaign_segment_segment ON campaign_segment (segment_id);

CREATE TABLE IF NOT EXISTS campaign_contact (
  customer_id UUID NOT NULL,
  campaign_id UUID NOT NULL,
  step BIGINT NOT NULL,
  recorded_for UUID NOT NULL,
  contact_id UUID NOT NULL,
  channel TEXT NOT NULL,
  variant TEXT,
  arm TEXT NOT NULL,
  status TEXT NOT NULL,
  status_at timestamptz NOT NULL,
  suppression TEXT,
  attempts BIGINT DEFAULT 0 NOT NULL,
  last_error TEXT,
  scheduled_at timestamptz NOT NULL,
  sent_at timestamptz,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, campaign_id, step, recorded_for),
  CONSTRAINT campaign_contact_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER')),
  CONSTRAINT campaign_contact_arm_known CHECK (arm IN ('TREATED', 'CONTROL')),
  CONSTRAINT campaign_contact_status_known CHECK (status IN ('PENDING', 'EXPORTED', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'SUPPRESSED', 'UNKNOWN')),
  CONSTRAINT campaign_contact_suppression_known CHECK (suppression IN ('NO_CONSENT', 'NO_ADDRESS', 'FREQUENCY_CAP', 'HELD_OUT', 'EXCLUDED', 'ERASED', 'PREFERRED_CHANNEL_ONLY', 'SAME_HOUSEHOLD', 'ALREADY_RESPONDED'))
);
CREATE INDEX IF NOT EXISTS campaign_contact_id ON campaign_contact (contact_id);
CREATE INDEX IF NOT EXISTS campaign_contact_campaign ON campaign_contact (campaign_id, scheduled_at, contact_id);
CREATE INDEX IF NOT EXISTS campaign_contact_sent ON campaign_contact (sent_at);
