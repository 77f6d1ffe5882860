-- The rows of a CSV become returns: grouped by claim, whole or not at all; batches follow the time of the return.

-- name: index
CREATE INDEX ON {s}_return_head (claim, seq);

-- name: disagree
INSERT INTO {s}_fault
SELECT h.seq, h.field, 'INVALID', 'differs from another row of the same return' FROM (
  SELECT h.seq, CASE
      WHEN (h.customer, h.kind, h.scope, h.value) IS DISTINCT FROM (f.customer, f.kind, f.scope, f.value) THEN 'customer'
      WHEN h.order_claim IS DISTINCT FROM f.order_claim THEN 'orderExternalId'
      WHEN h.returned_at <> f.returned_at THEN 'returnedAt'
      WHEN h.reason IS DISTINCT FROM f.reason THEN 'reason'
      WHEN h.refund::numeric IS DISTINCT FROM f.refund::numeric THEN 'refund' END AS field
  FROM {s}_return_head h
  JOIN (SELECT DISTINCT ON (claim) * FROM {s}_return_head ORDER BY claim, seq) f USING (claim)
  WHERE h.seq > f.seq
) h WHERE h.field IS NOT NULL;

-- name: disagreeing
INSERT INTO {s}_bad SELECT r.claim, r.line FROM {s}_return_row r JOIN {s}_fault f USING (line);

-- name: too_many
INSERT INTO {s}_fault
SELECT r.line, 'lines', 'LIMIT_EXCEEDED', 'are more than {most}' FROM {s}_return_row r
WHERE r.claim IN (SELECT claim FROM {s}_return_row GROUP BY claim HAVING count(*) > {most})
  AND NOT EXISTS (SELECT FROM {s}_fault f WHERE f.line = r.line);

-- name: with_too_many
INSERT INTO {s}_bad SELECT r.claim, r.line FROM {s}_return_row r JOIN {s}_fault f USING (line)
WHERE NOT EXISTS (SELECT FROM {s}_bad b WHERE b.line = r.line);

-- name: others
INSERT INTO {s}_fault
SELECT r.line, '', 'INVALID', 'another row of the same return was refused' FROM {s}_return_row r
WHERE r.claim IN (SELECT claim FROM {s}_bad) AND NOT EXISTS (SELECT FROM {s}_fault f WHERE f.line = r.line);

-- name: returns
INSERT INTO {s}_return
SELECT DISTINCT ON (h.claim) h.* FROM {s}_return_head h
WHERE NOT EXISTS (SELECT FROM {s}_bad b WHERE b.claim = h.claim) ORDER BY h.claim, h.seq;

-- name: lines
INSERT INTO {s}_return_line
SELECT o.seq, 0, row_number() OVER (PARTITION BY o.seq ORDER BY r.line) - 1, r.line, r.sku, r.quantity, r.amount
FROM {s}_return_row r JOIN {s}_return o USING (claim) ORDER BY o.seq, r.line;

-- name: number
UPDATE {s}_return o SET batch = b.batch FROM (
  SELECT o.seq, ((sum(r.lines) OVER (ORDER BY o.returned_at, o.seq) - 1) / {rows})::integer AS batch
  FROM {s}_return o JOIN (SELECT seq, count(*) AS lines FROM {s}_return_line GROUP BY seq) r USING (seq)
) b WHERE o.seq = b.seq AND b.batch > 0;

-- name: number_lines
UPDATE {s}_return_line l SET batch = o.batch FROM {s}_return o WHERE o.seq = l.seq AND o.batch > 0;
