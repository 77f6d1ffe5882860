-- Touchpoints out of staging ({s}_touchpoint), one batch, into facts.

-- Narrow: what only passes through to the fact stays in staging until then. `known`: told before, by itself or by its
-- order; nobody looks ($2) where all is taken for new, and what is not is met when it is claimed.
-- name: batch
CREATE TEMP TABLE t_ref ON COMMIT DROP AS
SELECT s.seq, s.claim, s.purchase, s.touchpoint_id, s.prospect, s.customer, s.kind, s.scope, s.value, s.verified,
  s.identity_source, s.source, s.occurred_at AS at, s.channel, s.touch_kind, s.campaign, s.sku, s.learnt,
  CASE WHEN $2::boolean THEN coalesce(
    (SELECT k.touchpoint_id FROM touchpoint_claim k WHERE k.claim_key = s.claim),
    CASE WHEN s.purchase IS NOT NULL THEN (
      SELECT k.touchpoint_id FROM touchpoint_claim k WHERE k.claim_key = s.purchase
    ) END
  ) END AS known,
  p.product_id, coalesce(s.customer, i.customer_id) AS found,
  coalesce(a.survivor_id, s.customer, i.customer_id) AS named_customer
FROM {s}_touchpoint s
LEFT JOIN product p ON p.sku = s.sku
LEFT JOIN identity_claim i ON s.customer IS NULL AND i.value = s.value AND i.kind = s.kind AND i.scope = s.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(s.customer, i.customer_id)
WHERE s.batch = $1;

-- name: unknown
SELECT DISTINCT s.kind, s.scope, s.value FROM t_ref s WHERE s.named_customer IS NULL AND s.known IS NULL;

-- name: taught
SELECT s.seq, s.named_customer, s.learnt FROM t_ref s WHERE s.learnt IS NOT NULL AND s.known IS NULL;

-- name: lessons
SELECT n.touchpoint_id, w.customer_id, w.recorded_for, n.at AS occurred_at, n.source, n.learnt, n.touch_kind, n.channel
FROM t_ref n JOIN t_who w USING (seq) WHERE n.learnt IS NOT NULL OR n.touch_kind = 'UNSUBSCRIBE' ORDER BY n.seq;

-- name: faults
CREATE TEMP TABLE t_fault ON COMMIT DROP AS
SELECT DISTINCT ON (f.seq) f.* FROM (
  SELECT s.seq, 'customer.id' AS field, 1 AS turn
  FROM t_ref s LEFT JOIN customer c ON c.customer_id = s.named_customer
  WHERE s.customer IS NOT NULL AND (c.customer_id IS NULL OR $4::text IS NOT NULL AND NOT EXISTS (
    SELECT FROM customer_identity i WHERE i.customer_id = c.customer_id AND $4 = ANY (i.sources)
  ))
  UNION ALL
  SELECT s.seq, 'customer', 2 FROM t_ref s JOIN customer c ON c.customer_id = s.named_customer
  WHERE s.customer IS NOT NULL AND c.erased_at IS NOT NULL
  UNION ALL
  SELECT s.seq, 'customer.identity', 2
  FROM t_ref s JOIN unnest($1::text[], $2::text[], $3::text[]) AS e (kind, scope, value) USING (kind, scope, value)
  UNION ALL
  SELECT s.seq, 'sku', 3 FROM t_ref s WHERE s.sku IS NOT NULL AND s.product_id IS NULL
  UNION ALL
  SELECT s.seq, 'campaign', 4 FROM t_ref s LEFT JOIN campaign c ON c.campaign_id = s.campaign
  WHERE s.campaign IS NOT NULL AND c.campaign_id IS NULL
  UNION ALL
  SELECT l.seq, 'learnt', 5 FROM unnest($5::bigint[]) AS l (seq)
) f JOIN t_ref s USING (seq) WHERE s.known IS NULL ORDER BY f.seq, f.turn;

-- name: told_faults
SELECT f.seq, f.field FROM t_fault f ORDER BY f.seq;

-- What is not new goes: what was told before, what is at fault, and of each claim, and of each purchase, all but the
-- first, whoever tells of it.
-- name: others
WITH fit AS MATERIALIZED (
  SELECT r.seq, r.claim, r.purchase FROM t_ref r
  WHERE r.known IS NULL AND NOT EXISTS (SELECT FROM t_fault f WHERE f.seq = r.seq)
)
DELETE FROM t_ref r USING (
  SELECT k.seq FROM t_ref k WHERE k.known IS NOT NULL
  UNION SELECT f.seq FROM t_fault f
  UNION SELECT f.seq
  FROM fit f JOIN (SELECT claim, min(seq) AS first FROM fit GROUP BY claim HAVING count(*) > 1) d USING (claim)
  WHERE f.seq > d.first
  UNION SELECT f.seq
  FROM fit f JOIN (
    SELECT purchase, min(seq) AS first FROM fit WHERE purchase IS NOT NULL GROUP BY purchase HAVING count(*) > 1
  ) d USING (purchase) WHERE f.seq > d.first
) o WHERE r.seq = o.seq;

-- name: strangers
SELECT count(*) FROM (SELECT FROM t_ref r WHERE r.named_customer IS NULL LIMIT 1) s;

-- Who was a stranger has been found: from here on t_ref tells of each row for whom it is recorded, and who that is.
-- name: found
UPDATE t_ref r SET found = w.recorded_for, named_customer = w.customer_id
FROM t_who w WHERE w.seq = r.seq
  AND (r.found IS DISTINCT FROM w.recorded_for OR r.named_customer IS DISTINCT FROM w.customer_id);

-- What is known was left out above: another writer's claim, made since, is an error here, and the batch is done again.
-- name: claim
INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
SELECT c.claim_key, c.found, c.touchpoint_id, c.at
FROM (
  SELECT n.claim AS claim_key, n.found, n.touchpoint_id, n.at FROM t_ref n
  UNION ALL SELECT n.purchase, n.found, n.touchpoint_id, n.at FROM t_ref n WHERE n.purchase IS NOT NULL
) c
ORDER BY c.claim_key;

-- So that rows are joined as rows and not as what might be many of each.
-- name: look
ANALYZE t_ref (seq), t_rate;

-- Facts, and in the same look what they add to their customers' months. Which of these are there already is looked up
-- once a customer, not once a month: whoever writes them has locked their customers first. By index (OFFSET keeps it to
-- that): all months of everybody, read through for each batch, are more with every batch.
-- name: facts
WITH made AS (
  INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
    recorded_at, source, external_id, subject, campaign_id, order_id, product_id, case_number, handled_by, competitor,
    cost, cost_given, duration_seconds, satisfaction, recommend_score, properties, order_claim)
  SELECT n.named_customer, s.occurred_at, s.touchpoint_id, n.found, s.channel, s.touch_kind, s.function,
    s.direction, $1::timestamptz, s.source, s.external_id, s.subject, s.campaign,
    CASE WHEN coalesce(a.survivor_id, o.customer_id) = n.named_customer THEN o.order_id END, n.product_id, s.case_number,
    s.handled_by, s.competitor, coalesce(s.cost::numeric, own.cost, any_kind.cost, 0), s.cost IS NOT NULL,
    s.duration_seconds, s.satisfaction, s.recommend_score, coalesce(s.properties, '{}')::jsonb, s.order_claim
  FROM t_ref n JOIN {s}_touchpoint s USING (seq)
  LEFT JOIN order_claim o ON o.claim_key = s.order_claim
  LEFT JOIN customer_alias a ON a.customer_id = o.customer_id
  LEFT JOIN t_rate own ON own.channel = s.channel AND own.kind = s.touch_kind
  LEFT JOIN t_rate any_kind ON any_kind.channel = s.channel AND any_kind.kind IS NULL
  WHERE s.batch = $3
  ORDER BY n.named_customer, s.occurred_at, s.touchpoint_id
  RETURNING customer_id, occurred_at, channel, kind, campaign_id, cost
), sums AS MATERIALIZED (
  SELECT m.customer_id, date_trunc('month', m.occurred_at AT TIME ZONE $2)::date AS month, m.channel,
    count(*) AS touches, count(*) FILTER (WHERE m.kind = 'CAMPAIGN_SENT') AS contacts,
    coalesce(sum(m.cost) FILTER (WHERE m.campaign_id IS NULL), 0) AS cost_to_serve,
    coalesce(sum(m.cost) FILTER (WHERE m.campaign_id IS NOT NULL), 0) AS marketing_cost
  FROM made m GROUP BY 1, 2, 3
), there AS MATERIALIZED (
  SELECT k.customer_id, k.month, k.channel
  FROM t_touch t CROSS JOIN LATERAL (
    SELECT k.customer_id, k.month, k.channel FROM customer_month k
    WHERE k.customer_id = t.customer_id AND k.category = ''
      AND k.month BETWEEN date_trunc('month', t.first_at AT TIME ZONE $2)::date
        AND date_trunc('month', t.last_at AT TIME ZONE $2)::date
    OFFSET 0
  ) k
), added AS (
  UPDATE customer_month k SET touches = k.touches + s.touches, contacts = k.contacts + s.contacts,
    cost_to_serve = k.cost_to_serve + s.cost_to_serve, marketing_cost = k.marketing_cost + s.marketing_cost
  FROM there t JOIN sums s USING (customer_id, month, channel)
  WHERE k.customer_id = t.customer_id AND k.month = t.month AND k.channel = t.channel AND k.category = ''
)
INSERT INTO customer_month (customer_id, month, channel, category, touches, contacts, cost_to_serve, marketing_cost)
SELECT s.customer_id, s.month, s.channel, '', s.touches, s.contacts, s.cost_to_serve, s.marketing_cost
FROM sums s
WHERE NOT EXISTS (
  SELECT FROM there t WHERE t.customer_id = s.customer_id AND t.month = s.month AND t.channel = s.channel
)
ORDER BY s.customer_id, s.month, s.channel;
