-- Merges that can be undone. A claim keeps whom it was made for: customer_alias leads from there to the survivor.

CREATE TABLE IF NOT EXISTS customer_merge (
  customer_id UUID NOT NULL,
  merge_id UUID NOT NULL,
  gone_id UUID NOT NULL,
  merged_at timestamptz NOT NULL,
  automatic BOOLEAN DEFAULT false NOT NULL,
  merged_by UUID,
  generation BIGINT DEFAULT 0 NOT NULL,
  PRIMARY KEY (customer_id, merge_id)
);

ALTER TABLE order_return ADD COLUMN IF NOT EXISTS channel TEXT;

-- Old rows have none: there is nothing to validate.
ALTER TABLE order_return ADD CONSTRAINT order_return_channel_known CHECK (channel IN ('WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER')) NOT VALID;
