-- Touchpoints out of staging ({s}_touchpoint), one batch, into facts.

-- name: batch
CREATE TEMP TABLE t_staged ON COMMIT DROP AS
SELECT s.*, coalesce(k.touchpoint_id, u.touchpoint_id) AS known, p.product_id,
  coalesce(a.survivor_id, s.customer, i.customer_id) AS named_customer
FROM {s}_touchpoint s
LEFT JOIN touchpoint_claim k ON k.claim_key = s.claim
LEFT JOIN touchpoint_claim u ON u.claim_key = s.purchase
LEFT JOIN product p ON p.sku = s.sku
LEFT JOIN identity_claim i ON s.customer IS NULL AND i.value = s.value AND i.kind = s.kind AND i.scope = s.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(s.customer, i.customer_id)
WHERE s.batch = $1;

-- name: unknown
SELECT DISTINCT s.kind, s.scope, s.value FROM t_staged s WHERE s.named_customer IS NULL AND s.known IS NULL;

-- name: taught
SELECT s.seq, s.named_customer, s.learnt FROM t_staged s WHERE s.learnt IS NOT NULL AND s.known IS NULL;

-- name: lessons
SELECT n.touchpoint_id, w.customer_id, w.recorded_for, n.occurred_at, n.source, n.learnt, n.touch_kind, n.channel
FROM t_new n JOIN t_who w USING (seq) WHERE n.learnt IS NOT NULL OR n.touch_kind = 'UNSUBSCRIBE';

-- name: faults
CREATE TEMP TABLE t_fault ON COMMIT DROP AS
SELECT DISTINCT ON (f.seq) f.* FROM (
  SELECT s.seq, 'customer.id' AS field, 1 AS turn
  FROM t_staged s LEFT JOIN customer c ON c.customer_id = s.named_customer
  WHERE s.customer IS NOT NULL AND (c.customer_id IS NULL OR $4::text IS NOT NULL AND NOT EXISTS (
    SELECT FROM customer_identity i WHERE i.customer_id = c.customer_id AND i.source = $4
  ))
  UNION ALL
  SELECT s.seq, 'customer', 2 FROM t_staged s JOIN customer c ON c.customer_id = s.named_customer
  WHERE s.customer IS NOT NULL AND c.erased_at IS NOT NULL
  UNION ALL
  SELECT s.seq, 'customer.identity', 2
  FROM t_staged s JOIN unnest($1::text[], $2::text[], $3::text[]) AS e (kind, scope, value) USING (kind, scope, value)
  UNION ALL
  SELECT s.seq, 'sku', 3 FROM t_staged s WHERE s.sku IS NOT NULL AND s.product_id IS NULL
  UNION ALL
  SELECT s.seq, 'campaign', 4 FROM t_staged s LEFT JOIN campaign c ON c.campaign_id = s.campaign
  WHERE s.campaign IS NOT NULL AND c.campaign_id IS NULL
  UNION ALL
  SELECT l.seq, 'learnt', 5 FROM unnest($5::bigint[]) AS l (seq)
) f JOIN t_staged s USING (seq) WHERE s.known IS NULL ORDER BY f.seq, f.turn;

-- name: told_faults
SELECT f.seq, f.field FROM t_fault f ORDER BY f.seq;

-- name: new
CREATE TEMP TABLE t_new ON COMMIT DROP AS
SELECT n.* FROM (
  SELECT s.*, row_number() OVER (PARTITION BY s.claim ORDER BY s.seq) AS nth,
    row_number() OVER (PARTITION BY coalesce(s.purchase, s.claim) ORDER BY s.seq) AS nth_purchase
  FROM t_staged s WHERE s.known IS NULL AND NOT EXISTS (SELECT FROM t_fault f WHERE f.seq = s.seq)
) n WHERE n.nth = 1 AND n.nth_purchase = 1;

-- name: duplicates
SELECT (SELECT count(*) FROM t_staged) - (SELECT count(*) FROM t_fault) - (SELECT count(*) FROM t_new);

-- name: refs
CREATE TEMP TABLE t_ref ON COMMIT DROP AS
SELECT n.seq, n.customer, n.kind, n.scope, n.value, n.verified, n.identity_source, n.prospect, n.source, n.channel,
  n.campaign, n.occurred_at AS at
FROM t_new n;

-- name: claims
CREATE TEMP TABLE t_claim ON COMMIT DROP AS
SELECT unnest(array_remove(ARRAY[n.claim, n.purchase], NULL)) AS claim_key, w.recorded_for AS customer_id,
  n.touchpoint_id, n.occurred_at
FROM t_new n JOIN t_who w USING (seq);

-- name: claim
INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
SELECT c.claim_key, c.customer_id, c.touchpoint_id, c.occurred_at FROM t_claim c
ORDER BY c.claim_key ON CONFLICT DO NOTHING;

-- name: facts
INSERT INTO t_touchpoint
SELECT w.customer_id, n.occurred_at, n.touchpoint_id, w.recorded_for, n.channel, n.touch_kind, n.function, n.direction,
  n.source, n.external_id, n.subject, n.campaign,
  CASE WHEN coalesce(a.survivor_id, o.customer_id) = w.customer_id THEN o.order_id END, n.product_id, n.case_number,
  n.handled_by, n.competitor, coalesce(n.cost::numeric, own.cost, any_kind.cost, 0), n.cost IS NOT NULL,
  n.duration_seconds, n.satisfaction, n.recommend_score, n.properties, n.order_claim
FROM t_new n JOIN t_who w USING (seq)
LEFT JOIN order_claim o ON o.claim_key = n.order_claim
LEFT JOIN customer_alias a ON a.customer_id = o.customer_id
LEFT JOIN t_rate own ON own.channel = n.channel AND own.kind = n.touch_kind
LEFT JOIN t_rate any_kind ON any_kind.channel = n.channel AND any_kind.kind IS NULL;
