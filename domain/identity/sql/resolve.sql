-- Whom the rows of t_ref are about. t_ref: seq, customer, kind, scope, value, verified, identity_source, prospect,
-- source, channel, campaign, at.

-- name: claim
INSERT INTO identity_claim (value, kind, scope, customer_id, claimed_at)
SELECT DISTINCT ON (r.value COLLATE "C", r.kind, r.scope) r.value, r.kind, r.scope, r.prospect, $1::timestamptz
FROM t_ref r
WHERE r.customer IS NULL
  AND NOT EXISTS (
    SELECT FROM identity_claim i WHERE i.value = r.value AND i.kind = r.kind AND i.scope = r.scope
  )
ORDER BY r.value COLLATE "C", r.kind, r.scope, r.at, r.identity_source COLLATE "C", r.verified DESC, r.seq
ON CONFLICT DO NOTHING;

-- name: who
CREATE TEMP TABLE t_who ON COMMIT DROP AS
SELECT r.seq, coalesce(r.customer, i.customer_id) AS recorded_for,
  coalesce(a.survivor_id, r.customer, i.customer_id) AS customer_id
FROM t_ref r
LEFT JOIN identity_claim i
  ON r.customer IS NULL AND i.value = r.value AND i.kind = r.kind AND i.scope = r.scope
LEFT JOIN customer_alias a ON a.customer_id = coalesce(r.customer, i.customer_id);

-- Where t_ref has found everybody already: nobody is looked up a second time. Claims are never pointed at somebody else.
-- name: known
CREATE TEMP TABLE t_who ON COMMIT DROP AS
SELECT r.seq, r.found AS recorded_for, r.named_customer AS customer_id FROM t_ref r;

-- Who is known was there when the batch was looked up: of whom it was erased meanwhile, nobody is left.
-- name: lock
SELECT count(*) FILTER (WHERE l.moved) + (SELECT count(*) FROM t_who w WHERE w.recorded_for IS NULL) FROM (
SELECT c.merged_into IS DISTINCT FROM w.expected OR w.named AND c.erased_at IS NOT NULL AS moved
FROM (
  SELECT w.recorded_for AS customer_id, w.customer_id AS expected, true AS named FROM t_who w
  WHERE w.recorded_for <> w.customer_id
  UNION SELECT t.customer_id, NULL, true FROM t_touch t
  UNION SELECT n.customer_id, NULL, false FROM unnest($1::uuid[]) AS n (customer_id)
) w JOIN customer c USING (customer_id) ORDER BY customer_id FOR NO KEY UPDATE OF c
) l;

-- name: touch
CREATE TEMP TABLE t_touch ON COMMIT DROP AS
SELECT DISTINCT ON (l.customer_id) l.customer_id, l.first_at, r.channel, r.source, r.campaign, l.last_at
FROM (
  SELECT w.customer_id, min(r.at) AS first_at, max(r.at) AS last_at FROM t_ref r JOIN t_who w USING (seq) GROUP BY 1
) l JOIN t_who w USING (customer_id) JOIN t_ref r ON r.seq = w.seq AND r.at = l.first_at
ORDER BY l.customer_id, r.source COLLATE "C", r.channel COLLATE "C", r.campaign;

-- name: prospect
CREATE TEMP TABLE t_prospect ON COMMIT DROP AS
SELECT r.prospect AS customer_id, r.kind, r.scope, r.value, r.verified, r.identity_source
FROM t_ref r JOIN t_who w ON w.seq = r.seq AND w.recorded_for = r.prospect;

-- name: copy
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, sources, verified,
  is_primary, first_seen_at, last_seen_at)
SELECT p.customer_id, p.kind, p.scope, p.value, p.customer_id, p.identity_source,
  array_remove(ARRAY[p.identity_source], NULL), p.verified, true, t.first_at, t.last_at
FROM t_prospect p JOIN t_touch t USING (customer_id) ORDER BY p.customer_id;

-- The source is that of who saw it first ($1: a partner, who takes it from nobody and saw nobody's before they did).
-- Who tells of it at all is among the sources. `turned`: another may be the first of its kind now, and with it the one
-- to use.
-- name: seen
UPDATE customer_identity i
SET first_seen_at = CASE WHEN $1 AND s.source IS DISTINCT FROM o.source THEN o.first_seen_at
    ELSE least(o.first_seen_at, s.first_at) END,
  last_seen_at = greatest(o.last_seen_at, s.last_at),
  verified = o.verified OR s.verified,
  source = CASE WHEN $1 OR s.first_at > o.first_seen_at THEN o.source
    WHEN s.first_at < o.first_seen_at THEN s.source ELSE least(s.source COLLATE "C", o.source) END,
  sources = CASE WHEN o.sources @> s.sources THEN o.sources ELSE ARRAY(
    SELECT DISTINCT n.told COLLATE "C" FROM unnest(o.sources || s.sources) AS n (told) ORDER BY 1
  ) END
FROM (
  SELECT n.customer_id, n.kind, n.scope, n.value, min(n.first_at) AS first_at, max(n.last_at) AS last_at,
    bool_or(n.verified) AS verified,
    (array_agg(n.identity_source ORDER BY n.first_at, n.identity_source COLLATE "C"))[1] AS source,
    coalesce(array_agg(n.identity_source) FILTER (WHERE n.identity_source IS NOT NULL), '{}') AS sources
  FROM (
    SELECT w.customer_id, r.kind, r.scope, r.value, r.identity_source, min(r.at) AS first_at, max(r.at) AS last_at,
      bool_or(r.verified) AS verified
    FROM t_ref r JOIN t_who w USING (seq) WHERE r.customer IS NULL GROUP BY 1, 2, 3, 4, 5
  ) n GROUP BY 1, 2, 3, 4
) s JOIN customer_identity o USING (customer_id, kind, scope, value)
WHERE i.customer_id = s.customer_id AND i.kind = s.kind AND i.scope = s.scope AND i.value = s.value
  AND (o.first_seen_at > s.first_at OR o.last_seen_at < s.last_at OR s.verified AND NOT o.verified
    OR o.first_seen_at = s.first_at AND s.source COLLATE "C" < o.source AND NOT $1
    OR NOT o.sources @> s.sources)
RETURNING i.customer_id, o.first_seen_at > s.first_at AND EXISTS (
  SELECT FROM customer_identity x
  WHERE x.customer_id = i.customer_id AND x.kind = i.kind AND (x.scope <> i.scope OR x.value <> i.value)
) AS turned;
