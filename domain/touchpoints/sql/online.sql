-- Touchpoints of a call, without staging: a few statements over arrays, planned between them in planning.py.
-- (SELECT $n) hides an array's length from the planner, so that one plan is kept for a call of one and of a thousand.

-- name: look
SELECT 'claim' AS what, 0::bigint AS nth, k.claim_key AS key, k.touchpoint_id AS id
FROM touchpoint_claim k WHERE k.claim_key = ANY ((SELECT $1::uuid[])::uuid[])
UNION ALL
SELECT 'owner', n.nth, i.customer_id, coalesce(a.survivor_id, i.customer_id)
FROM unnest((SELECT $2::text[]), $3::text[], $4::text[]) WITH ORDINALITY AS n (kind, scope, value, nth)
JOIN identity_claim i ON i.value = n.value AND i.kind = n.kind AND i.scope = n.scope
LEFT JOIN customer_alias a ON a.customer_id = i.customer_id
UNION ALL
SELECT CASE WHEN c.erased_at IS NULL THEN 'customer' ELSE 'erased' END, 0, n.named, c.customer_id
FROM unnest((SELECT $5::uuid[])) AS n (named)
LEFT JOIN customer_alias a ON a.customer_id = n.named
JOIN customer c ON c.customer_id = coalesce(a.survivor_id, n.named)
WHERE $8::text IS NULL OR EXISTS (
  SELECT FROM customer_identity i WHERE i.customer_id = c.customer_id AND $8 = ANY (i.sources))
UNION ALL
SELECT 'product', n.nth, NULL, p.product_id
FROM unnest((SELECT $6::text[])) WITH ORDINALITY AS n (sku, nth) JOIN product p ON p.sku = n.sku
UNION ALL
SELECT 'campaign', 0, c.campaign_id, c.campaign_id FROM campaign c
WHERE c.campaign_id = ANY ((SELECT $7::uuid[])::uuid[]);

-- name: claim_identities
INSERT INTO identity_claim (value, kind, scope, customer_id, claimed_at)
SELECT n.value, n.kind, n.scope, n.customer_id, $1::timestamptz
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (customer_id, kind, scope, value)
ORDER BY n.value COLLATE "C", n.kind, n.scope ON CONFLICT DO NOTHING;

-- name: lock
SELECT c.customer_id, c.merged_into, c.erased_at FROM customer c
WHERE c.customer_id = ANY ((SELECT $1::uuid[])::uuid[]) ORDER BY c.customer_id FOR NO KEY UPDATE;

-- name: prospects
WITH t_touch AS (
  SELECT * FROM unnest((SELECT $2::uuid[]), $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[])
    AS t (customer_id, first_at, channel, source, campaign, last_at)
), t_prospect AS (
  SELECT * FROM unnest((SELECT $8::uuid[]), $9::text[], $10::text[], $11::text[], $12::boolean[], $13::text[])
    AS p (customer_id, kind, scope, value, verified, identity_source)
), made AS ({prospects} RETURNING 1), scored AS ({scores} RETURNING 1), copied AS ({copy} RETURNING 1)
SELECT (SELECT count(*) FROM made) + (SELECT count(*) FROM scored) + (SELECT count(*) FROM copied);

-- name: write
WITH t_touch AS (
  SELECT * FROM unnest((SELECT $2::uuid[]), $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[])
    AS t (customer_id, first_at, channel, source, campaign, last_at)
), t_touchpoint AS (
  SELECT g.*, g.amount::numeric AS cost,
    CASE WHEN coalesce(a.survivor_id, k.customer_id) = g.customer_id THEN k.order_id END AS order_id
  FROM unnest((SELECT $8::uuid[]), $9::timestamptz[], $10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::text[],
    $15::text[], $16::text[], $17::text[], $18::text[], $19::uuid[], $20::uuid[], $21::text[], $22::text[],
    $23::text[], $24::text[], $25::boolean[], $26::integer[], $27::smallint[], $28::smallint[], $29::text[],
    $30::uuid[])
    AS g (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction, source,
      external_id, subject, campaign_id, product_id, case_number, handled_by, competitor, amount, cost_given,
      duration_seconds, satisfaction, recommend_score, properties, order_claim)
  LEFT JOIN order_claim k ON k.claim_key = g.order_claim
  LEFT JOIN customer_alias a ON a.customer_id = k.customer_id
), claimed AS (
  INSERT INTO touchpoint_claim (claim_key, customer_id, touchpoint_id, occurred_at)
  SELECT c.claim_key, c.recorded_for, c.touchpoint_id, c.occurred_at
  FROM unnest((SELECT $31::uuid[]), $32::uuid[], $33::uuid[], $34::timestamptz[])
    AS c (claim_key, recorded_for, touchpoint_id, occurred_at)
  ORDER BY c.claim_key ON CONFLICT DO NOTHING RETURNING 1
), facts AS ({insert} RETURNING 1),
months AS (
  INSERT INTO customer_month (customer_id, month, channel, category, touches, contacts, cost_to_serve, marketing_cost)
  SELECT t.customer_id, date_trunc('month', t.occurred_at AT TIME ZONE $43)::date, t.channel, '', count(*),
    count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT'), coalesce(sum(t.cost) FILTER (WHERE t.campaign_id IS NULL), 0),
    coalesce(sum(t.cost) FILTER (WHERE t.campaign_id IS NOT NULL), 0)
  FROM t_touchpoint t GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (customer_id, month, channel, category) DO UPDATE SET
    touches = customer_month.touches + excluded.touches, contacts = customer_month.contacts + excluded.contacts,
    cost_to_serve = customer_month.cost_to_serve + excluded.cost_to_serve,
    marketing_cost = customer_month.marketing_cost + excluded.marketing_cost
  RETURNING 1
), touched AS ({touched} RETURNING 1),
t_ref AS (
  SELECT r.*, NULL::uuid AS customer
  FROM unnest((SELECT $35::bigint[]), $36::uuid[], $37::text[], $38::text[], $39::text[], $40::boolean[], $41::text[],
    $42::timestamptz[]) AS r (seq, customer_id, kind, scope, value, verified, identity_source, at)
), t_who AS (SELECT r.seq, r.customer_id FROM t_ref r),
seen AS ({seen}), t_marked AS (SELECT customer_id FROM t_touch), marked AS ({marks} RETURNING 1)
SELECT (SELECT count(*) FROM claimed) AS claimed, (SELECT count(*) FROM facts) AS facts,
  (SELECT count(*) FROM months) AS months, (SELECT count(*) FROM touched) AS touched,
  (SELECT array_agg(s.customer_id) FROM seen s WHERE s.turned) AS turned, (SELECT count(*) FROM marked) AS marked;
