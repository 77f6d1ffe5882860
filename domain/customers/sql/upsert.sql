-- Customers out of staging ({s}_customer), one batch.

-- name: rows
SELECT seq, prospect, customer, identities, source, coalesce(recorded_at, $2) AS recorded_at, recorded_at IS NULL AS undated, fields
FROM {s}_customer WHERE batch = $1 ORDER BY seq;

-- name: campaigns
SELECT campaign_id FROM campaign WHERE campaign_id = ANY ($1::uuid[]);

-- name: owners
SELECT i.kind, i.scope, i.value, coalesce(a.survivor_id, i.customer_id) AS customer_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (kind, scope, value)
JOIN identity_claim i USING (value, kind, scope)
LEFT JOIN customer_alias a ON a.customer_id = i.customer_id;

-- name: people
SELECT c.customer_id, coalesce(c.merged_into, c.customer_id) AS now,
  (SELECT count(*) FROM customer_identity i
    WHERE i.customer_id = c.customer_id AND i.kind IN ('EMAIL', 'PHONE', 'EXTERNAL_ID')) AS strong,
  EXISTS (SELECT FROM customer_statement s WHERE s.customer_id = c.customer_id) AS stated
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

-- name: create_identity
CREATE TEMP TABLE t_identity (
  seq bigint NOT NULL, customer_id uuid NOT NULL, kind text NOT NULL, scope text NOT NULL, value text NOT NULL,
  source text, verified boolean NOT NULL, made_primary boolean NOT NULL, at timestamptz NOT NULL
) ON COMMIT DROP;

-- name: identities
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, verified, is_primary,
  first_seen_at, last_seen_at)
SELECT t.customer_id, t.kind, t.scope, t.value, t.customer_id, (array_agg(t.source ORDER BY t.seq))[1],
  bool_or(t.verified), false, min(t.at), max(t.at)
FROM t_identity t
JOIN identity_claim c ON c.value = t.value AND c.kind = t.kind AND c.scope = t.scope
  AND c.customer_id = t.customer_id
GROUP BY t.customer_id, t.kind, t.scope, t.value
ORDER BY t.customer_id, t.kind, t.scope, t.value
ON CONFLICT (customer_id, kind, scope, value) DO UPDATE SET verified = customer_identity.verified OR excluded.verified
WHERE NOT customer_identity.verified AND excluded.verified;

-- name: primaries
UPDATE customer_identity i SET is_primary = w.value IS NOT DISTINCT FROM i.value AND w.scope = i.scope
FROM (
  SELECT DISTINCT ON (i.customer_id, i.kind) i.customer_id, i.kind, i.scope, i.value
  FROM customer_identity i
  LEFT JOIN (
    SELECT customer_id, kind, scope, value, max(seq) AS seq FROM t_identity WHERE made_primary GROUP BY 1, 2, 3, 4
  ) p USING (customer_id, kind, scope, value)
  WHERE i.customer_id IN (SELECT customer_id FROM t_identity)
  ORDER BY i.customer_id, i.kind, p.seq DESC NULLS LAST, i.is_primary DESC, i.first_seen_at, i.scope, i.value
) w
WHERE i.customer_id = w.customer_id AND i.kind = w.kind
  AND i.is_primary <> (w.value IS NOT DISTINCT FROM i.value AND w.scope = i.scope)
RETURNING i.customer_id;

-- name: create_said
CREATE TEMP TABLE t_said (
  seq bigint NOT NULL, customer_id uuid NOT NULL, field text NOT NULL, recorded_at timestamptz NOT NULL,
  source text NOT NULL, undated boolean NOT NULL, value text NOT NULL
) ON COMMIT DROP;

-- name: nothing_new
DELETE FROM t_said t USING (
  SELECT DISTINCT ON (s.customer_id, s.field) s.customer_id, s.field, s.value FROM customer_statement s
  WHERE (s.customer_id, s.field) IN (SELECT customer_id, field FROM t_said WHERE undated)
  ORDER BY s.customer_id, s.field, s.recorded_at DESC, s.source DESC
) h
WHERE t.undated AND t.customer_id = h.customer_id AND t.field = h.field AND t.value::jsonb = h.value;

-- name: statements
WITH added AS (
  INSERT INTO customer_statement (customer_id, field, recorded_at, source, recorded_for, value)
  SELECT DISTINCT ON (t.customer_id, t.field, t.recorded_at, t.source) t.customer_id, t.field, t.recorded_at, t.source,
    t.customer_id, t.value::jsonb
  FROM t_said t ORDER BY t.customer_id, t.field, t.recorded_at, t.source, t.seq DESC
  ON CONFLICT (customer_id, field, recorded_at, source, recorded_for) DO UPDATE SET value = excluded.value
  WHERE customer_statement.value IS DISTINCT FROM excluded.value
  RETURNING customer_id
)
SELECT DISTINCT customer_id FROM added;

-- name: winners
SELECT DISTINCT ON (s.customer_id, s.field) s.customer_id, s.field, s.value FROM customer_statement s
WHERE s.customer_id = ANY ($1::uuid[])
ORDER BY s.customer_id, s.field, s.recorded_at DESC, s.source DESC;

-- name: addresses
SELECT i.customer_id, i.kind, i.value FROM customer_identity i
WHERE i.customer_id = ANY ($1::uuid[]) AND i.is_primary AND i.kind IN ('EMAIL', 'PHONE');

-- name: create_profile
CREATE TEMP TABLE t_profile ON COMMIT DROP AS
SELECT customer_id, kind, display_name, display_name_fold, given_name, family_name, email, phone, search_fold,
  address_recipient, address_lines, postal_code, city, region, country, birth_date, gender, language, time_zone,
  occupation, sector, household_size, income_band, personal_attributes, acquisition_channel, acquisition_source,
  acquisition_at, acquisition_campaign_id
FROM customer WHERE false;

-- name: profiles
UPDATE customer c
SET kind = p.kind, display_name = p.display_name, display_name_fold = p.display_name_fold, given_name = p.given_name,
  family_name = p.family_name, email = p.email, phone = p.phone, search_fold = p.search_fold,
  address_recipient = p.address_recipient, address_lines = p.address_lines, postal_code = p.postal_code,
  city = p.city, region = p.region, country = p.country, birth_date = p.birth_date, gender = p.gender,
  language = p.language, time_zone = p.time_zone, occupation = p.occupation, sector = p.sector,
  household_size = p.household_size, income_band = p.income_band, personal_attributes = p.personal_attributes,
  acquisition_channel = coalesce(p.acquisition_channel, c.acquisition_channel),
  acquisition_source = CASE WHEN p.acquisition_channel IS NULL THEN c.acquisition_source ELSE p.acquisition_source END,
  acquisition_at = CASE WHEN p.acquisition_channel IS NULL THEN c.acquisition_at
    ELSE coalesce(p.acquisition_at, c.acquisition_at, c.created_at) END,
  acquisition_campaign_id = CASE WHEN p.acquisition_channel IS NULL THEN c.acquisition_campaign_id
    ELSE p.acquisition_campaign_id END,
  updated_at = $1
FROM t_profile p WHERE c.customer_id = p.customer_id;

-- name: mark
CREATE TEMP TABLE t_marked ON COMMIT DROP AS SELECT n AS customer_id FROM unnest($1::uuid[]) AS n;
