-- Orders as they become: the category of a line's day. One change a statement; statements are parted by a semicolon at line's end.

-- Touchpoints that name an order: the order's claim, known before the order is.
ALTER TABLE touchpoint ADD COLUMN IF NOT EXISTS order_claim UUID;

-- The category that a product had when the line was recorded; '' where it had none, null in rows of before.
ALTER TABLE order_line ADD COLUMN IF NOT EXISTS category TEXT;

ALTER TABLE return_line ADD COLUMN IF NOT EXISTS category TEXT;
