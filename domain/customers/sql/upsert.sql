-- Customers that are upserted: whom rows name, and what becomes of them.

-- name: rows
SELECT seq, batch, prospect, customer, identities, source, recorded_at, undated, stated FROM {s}_customer WHERE batch = $1
ORDER BY seq;

-- name: campaigns
SELECT campaign_id FROM campaign WHERE campaign_id = ANY ($1::uuid[]);

-- Whose the identities are, and whom that leads to.
-- name: owners
SELECT i.kind, i.scope, i.value, i.customer_id, coalesce(a.survivor_id, i.customer_id) AS survivor_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (kind, scope, value)
JOIN identity_claim i USING (value, kind, scope)
LEFT JOIN customer_alias a ON a.customer_id = i.customer_id;

-- How many of the identities a source told of itself.
-- name: told
SELECT count(*) FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS n (customer_id, kind, scope, value)
JOIN customer_identity i USING (customer_id, kind, scope, value) WHERE $5 = ANY (i.sources);

-- name: survivors
SELECT a.survivor_id FROM customer_alias a WHERE a.customer_id = ANY ($1::uuid[]);

-- What a person needs, likes, and is best reached by is no profile of their own.
-- name: people
SELECT c.customer_id, coalesce(c.merged_into, c.customer_id) AS now,
  (SELECT count(*) FROM customer_identity i
    WHERE i.customer_id = c.customer_id AND i.kind IN ('EMAIL', 'PHONE', 'EXTERNAL_ID')) AS strong,
  EXISTS (
    SELECT FROM customer_statement s WHERE s.customer_id = c.customer_id
      AND s.field NOT LIKE 'needs.%' AND s.field NOT LIKE 'preferences.%' AND s.field NOT LIKE 'primary.%'
  ) AS stated,
  EXISTS (SELECT FROM customer_identity i WHERE i.customer_id = c.customer_id AND $2 = ANY (i.sources)) AS known
FROM customer c WHERE c.customer_id = ANY ($1::uuid[]) AND c.erased_at IS NULL
ORDER BY c.customer_id FOR NO KEY UPDATE;

-- name: claim
INSERT INTO identity_claim (value, kind, scope, customer_id, claimed_at)
SELECT n.value, n.kind, n.scope, n.customer_id, $5::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) AS n (kind, scope, value, customer_id)
ORDER BY n.value COLLATE "C", n.kind, n.scope ON CONFLICT DO NOTHING;

-- name: create
INSERT INTO customer (customer_id, created_at, updated_at)
SELECT n, $2::timestamptz, $2::timestamptz FROM unnest($1::uuid[]) AS n ORDER BY n;

-- name: scores
INSERT INTO customer_score (customer_id, lifecycle_since)
SELECT n, $2::timestamptz FROM unnest($1::uuid[]) AS n ORDER BY n;

-- Who is new, and who was made sure of.
-- name: identities
INSERT INTO customer_identity AS i (customer_id, kind, scope, value, recorded_for, source, sources, verified,
  is_primary, first_seen_at, last_seen_at)
SELECT n.customer_id, n.kind, n.scope, n.value, n.recorded_for, n.source,
  ARRAY(SELECT jsonb_array_elements_text(n.sources::jsonb)), n.verified, false, n.first_at, n.last_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::boolean[], $8::timestamptz[],
  $9::timestamptz[], $10::text[])
  AS n (customer_id, kind, scope, value, recorded_for, source, verified, first_at, last_at, sources)
ORDER BY n.customer_id, n.kind, n.scope, n.value
ON CONFLICT (customer_id, kind, scope, value) DO UPDATE SET verified = true WHERE excluded.verified AND NOT i.verified
RETURNING customer_id;

-- The source is that of who saw it first; a partner ($11) takes it from nobody, and saw nobody's before they did. Who
-- tells of it at all is among the sources.
-- name: seen
UPDATE customer_identity i
SET first_seen_at = CASE WHEN $11 AND n.source IS DISTINCT FROM i.source THEN i.first_seen_at
    ELSE least(i.first_seen_at, n.first_at) END,
  last_seen_at = greatest(i.last_seen_at, n.last_at),
  source = CASE WHEN $11 THEN i.source WHEN n.first_at < i.first_seen_at THEN n.source
    WHEN n.first_at = i.first_seen_at THEN least(n.source COLLATE "C", i.source) ELSE i.source END,
  sources = CASE WHEN i.sources @> n.sources THEN i.sources ELSE ARRAY(
    SELECT DISTINCT t.told COLLATE "C" FROM unnest(i.sources || n.sources) AS t (told) ORDER BY 1
  ) END
FROM (
  SELECT n.*, ARRAY(SELECT jsonb_array_elements_text(n.told::jsonb)) AS sources
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::boolean[],
    $8::timestamptz[], $9::timestamptz[], $10::text[])
    AS n (customer_id, kind, scope, value, recorded_for, source, verified, first_at, last_at, told)
) n
WHERE i.customer_id = n.customer_id AND i.kind = n.kind AND i.scope = n.scope AND i.value = n.value
  AND (i.first_seen_at >= n.first_at OR i.last_seen_at < n.last_at OR NOT i.sources @> n.sources);

-- name: erased_last
SELECT max(t.erased_at) FROM tombstone t WHERE t.tombstone_key = ANY ($1::uuid[]);

-- name: let_back
DELETE FROM tombstone t WHERE t.tombstone_key = ANY ($1::uuid[]);
