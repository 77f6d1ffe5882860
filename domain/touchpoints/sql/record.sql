-- Touchpoints out of staging ({s}_touchpoint), one batch, into facts.

-- name: batch
CREATE TEMP TABLE t_staged ON COMMIT DROP AS
SELECT s.*, k.claim_key IS NOT NULL OR u.claim_key IS NOT NULL AS known, o.order_id AS of_order,
  o.customer_id AS owner, p.product_id, coalesce(a.survivor_id, s.customer, i.customer_id) AS named_customer
FROM {s}_touchpoint s
LEFT JOIN touchpoint_claim k ON k.claim_key = s.claim
LEFT JOIN touchpoint_claim u ON u.claim_key = s.purchase
LEFT JOIN order_claim o ON o.claim_key = s.order_claim
LEFT JOIN product p ON p.sku = s.sku
LEFT JOIN identity_claim i ON s.customer IS NULL AND i.value = s.value AND i.kind = s.kind AND i.scope = s.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(s.customer, i.customer_id)
WHERE s.batch = $1;

-- name: faults
CREATE TEMP TABLE t_fault ON COMMIT DROP AS
SELECT DISTINCT ON (f.seq) f.* FROM (
  SELECT s.seq, NULL::integer AS position, 'customer.id' AS field, 'NOT_FOUND' AS code,
    'names no customer' AS reason, 1 AS turn
  FROM t_staged s LEFT JOIN customer c ON c.customer_id = s.named_customer
  WHERE s.customer IS NOT NULL AND (c.customer_id IS NULL OR c.erased_at IS NOT NULL)
  UNION ALL
  SELECT s.seq, NULL, 'orderExternalId', 'CONFLICT', 'names an order of another customer', 2
  FROM t_staged s WHERE s.of_order IS NOT NULL AND s.named_customer IS DISTINCT FROM s.owner
  UNION ALL
  SELECT s.seq, NULL, 'orderExternalId', 'NOT_FOUND', 'names no order of this source: import the order first', 3
  FROM t_staged s WHERE s.order_claim IS NOT NULL AND s.of_order IS NULL AND s.purchase IS NULL
  UNION ALL
  SELECT s.seq, NULL, 'sku', 'NOT_FOUND', 'names no product: import the product first', 4
  FROM t_staged s WHERE s.sku IS NOT NULL AND s.product_id IS NULL
  UNION ALL
  SELECT s.seq, NULL, 'campaign', 'NOT_FOUND', 'names no campaign', 5
  FROM t_staged s LEFT JOIN campaign c ON c.campaign_id = s.campaign
  WHERE s.campaign IS NOT NULL AND c.campaign_id IS NULL
) f JOIN t_staged s USING (seq) WHERE NOT s.known ORDER BY f.seq, f.turn;

-- name: told_faults
SELECT f.seq, f.position, f.field, f.code, f.reason FROM t_fault f ORDER BY f.seq;

-- name: new
CREATE TEMP TABLE t_new ON COMMIT DROP AS
SELECT n.* FROM (
  SELECT s.*, row_number() OVER (PARTITION BY s.claim ORDER BY s.seq) AS nth,
    row_number() OVER (PARTITION BY coalesce(s.purchase, s.claim) ORDER BY s.seq) AS nth_purchase
  FROM t_staged s WHERE NOT s.known AND NOT EXISTS (SELECT FROM t_fault f WHERE f.seq = s.seq)
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
SELECT unnest(array_remove(ARRAY[n.claim, n.purchase], NULL)) AS claim_key, w.customer_id, n.touchpoint_id,
  n.occurred_at
FROM t_new n JOIN t_who w USING (seq);

-- name: claim
INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
SELECT c.claim_key, c.customer_id, c.touchpoint_id, c.occurred_at FROM t_claim c
ORDER BY c.claim_key ON CONFLICT DO NOTHING;

-- name: facts
INSERT INTO t_touchpoint
SELECT w.customer_id, n.occurred_at, n.touchpoint_id, w.recorded_for, n.channel, n.touch_kind, n.function, n.direction,
  n.source, n.external_id, n.subject, n.campaign, n.of_order, n.product_id, n.case_number, n.handled_by, n.competitor,
  coalesce(n.cost::numeric, own.cost, any_kind.cost, 0), n.cost IS NOT NULL, n.duration_seconds, n.satisfaction,
  n.recommend_score, n.properties
FROM t_new n JOIN t_who w USING (seq)
LEFT JOIN t_rate own ON own.channel = n.channel AND own.kind = n.touch_kind
LEFT JOIN t_rate any_kind ON any_kind.channel = n.channel AND any_kind.kind IS NULL;
