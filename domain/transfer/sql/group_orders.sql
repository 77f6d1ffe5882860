-- The rows of a CSV become orders: grouped by claim, whole or not at all, cut into batches.

-- name: index
CREATE INDEX ON {s}_head (claim, seq);

-- name: disagree
INSERT INTO {s}_fault
SELECT h.seq, h.field, 'INVALID', 'differs from another row of the same order' FROM (
  SELECT h.seq, CASE
      WHEN (h.customer, h.kind, h.scope, h.value) IS DISTINCT FROM (f.customer, f.kind, f.scope, f.value) THEN 'customer'
      WHEN h.ordered_at <> f.ordered_at THEN 'orderedAt'
      WHEN h.channel <> f.channel THEN 'channel'
      WHEN h.trading_form IS DISTINCT FROM f.trading_form THEN 'tradingForm'
      WHEN h.handled_by IS DISTINCT FROM f.handled_by THEN 'handledBy'
      WHEN h.currency <> f.currency THEN 'currency'
      WHEN h.rate <> f.rate THEN 'exchangeRate'
      WHEN h.discount::numeric <> f.discount::numeric THEN 'discount'
      WHEN h.shipping::numeric <> f.shipping::numeric THEN 'shipping'
      WHEN h.due_at IS DISTINCT FROM f.due_at THEN 'dueAt'
      WHEN h.stated_paid_at IS DISTINCT FROM f.stated_paid_at THEN 'paidAt'
      WHEN h.promised_at IS DISTINCT FROM f.promised_at THEN 'promisedAt'
      WHEN h.shipped_at IS DISTINCT FROM f.shipped_at THEN 'shippedAt'
      WHEN h.delivered_at IS DISTINCT FROM f.delivered_at THEN 'deliveredAt'
      WHEN h.cancelled_at IS DISTINCT FROM f.cancelled_at THEN 'cancelledAt'
      WHEN h.offer_codes IS DISTINCT FROM f.offer_codes THEN 'offerCodes'
      WHEN h.campaign IS DISTINCT FROM f.campaign THEN 'campaign' END AS field
  FROM {s}_head h
  JOIN (SELECT DISTINCT ON (claim) * FROM {s}_head ORDER BY claim, seq) f USING (claim)
  WHERE h.seq > f.seq
) h WHERE h.field IS NOT NULL;

-- name: disagreeing
INSERT INTO {s}_bad SELECT r.claim, r.line FROM {s}_row r JOIN {s}_fault f USING (line);

-- name: too_many
INSERT INTO {s}_fault
SELECT r.line, 'lines', 'LIMIT_EXCEEDED', 'are more than {most}' FROM {s}_row r
WHERE r.claim IN (SELECT claim FROM {s}_row GROUP BY claim HAVING count(*) > {most})
  AND NOT EXISTS (SELECT FROM {s}_fault f WHERE f.line = r.line);

-- name: with_too_many
INSERT INTO {s}_bad SELECT r.claim, r.line FROM {s}_row r JOIN {s}_fault f USING (line)
WHERE NOT EXISTS (SELECT FROM {s}_bad b WHERE b.line = r.line);

-- name: others
INSERT INTO {s}_fault
SELECT r.line, '', 'INVALID', 'another row of the same order was refused' FROM {s}_row r
WHERE r.claim IN (SELECT claim FROM {s}_bad) AND NOT EXISTS (SELECT FROM {s}_fault f WHERE f.line = r.line);

-- name: orders
INSERT INTO {s}_order
SELECT DISTINCT ON (h.claim) h.* FROM {s}_head h
WHERE NOT EXISTS (SELECT FROM {s}_bad b WHERE b.claim = h.claim) ORDER BY h.claim, h.seq;

-- name: number
UPDATE {s}_order o SET batch = b.batch FROM (
  SELECT o.seq, ((sum(r.lines) OVER (ORDER BY o.seq) - 1) / {rows})::integer AS batch
  FROM {s}_order o JOIN (SELECT claim, count(*) AS lines FROM {s}_row GROUP BY claim) r USING (claim)
) b WHERE o.seq = b.seq;

-- name: lines
INSERT INTO {s}_line
SELECT o.seq, o.batch, row_number() OVER (PARTITION BY o.seq ORDER BY r.line) - 1, r.line, r.sku, r.quantity, r.price,
  r.cost, r.in_currency
FROM {s}_row r JOIN {s}_order o USING (claim) ORDER BY o.batch, o.seq, r.line;
