-- Segments that follow the clock: what the sweep looks for. One change a statement; statements are parted by a semicolon at line's end.

-- Whom the edge of a window has passed, until they are looked at.
CREATE TABLE IF NOT EXISTS segment_turn (
  customer_id UUID NOT NULL,
  PRIMARY KEY (customer_id)
);

-- Whether a rule asks for personal data by anything else than declared attributes.
ALTER TABLE segment_version ADD COLUMN IF NOT EXISTS inherent BOOLEAN;
