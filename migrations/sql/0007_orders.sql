-- Orders as they become: the category of a line's day, and returns as they were told.
-- One change a statement; statements are parted by a semicolon at line's end.

-- Touchpoints that name an order: the order's claim, known before the order is.
ALTER TABLE touchpoint ADD COLUMN IF NOT EXISTS order_claim UUID;

-- The category that a product had when the line was recorded; '' where it had none, null in rows of before.
ALTER TABLE order_line ADD COLUMN IF NOT EXISTS category TEXT;

ALTER TABLE return_line ADD COLUMN IF NOT EXISTS category TEXT;

-- A return as it was told, so that it can be matched again when an order comes late: the order that it named, the sum
-- that was paid back, whether it takes only from its own source's orders; and its touchpoint.
ALTER TABLE order_return ADD COLUMN IF NOT EXISTS named_order UUID;

ALTER TABLE order_return ADD COLUMN IF NOT EXISTS told_refund NUMERIC(20, 6);

ALTER TABLE order_return ADD COLUMN IF NOT EXISTS own_only BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE order_return ADD COLUMN IF NOT EXISTS touchpoint_id UUID;

-- Which of the told lines it is a part of, null in rows of before: those stay as they are; and what was told of a unit.
ALTER TABLE return_line ADD COLUMN IF NOT EXISTS told_position BIGINT;

ALTER TABLE return_line ADD COLUMN IF NOT EXISTS told_amount NUMERIC(20, 6);
