-- Consents: what was said is added, and what holds is marked.

-- name: append
INSERT INTO customer_consent (customer_id, consent_id, recorded_for, channel, purpose, status, source, recorded_at,
  expires_at, touchpoint_id, merge_id)
SELECT n.customer_id, n.consent_id, n.recorded_for, n.channel, n.purpose, n.status, n.source, n.recorded_at,
  n.expires_at, n.touchpoint_id, n.merge_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
  $9::timestamptz[], $10::uuid[], $11::uuid[])
  AS n (customer_id, consent_id, recorded_for, channel, purpose, status, source, recorded_at, expires_at, touchpoint_id,
    merge_id)
WHERE NOT EXISTS (
  SELECT FROM customer_consent c
  WHERE c.customer_id = n.customer_id AND c.channel = n.channel AND c.purpose = n.purpose AND c.status = n.status
    AND c.recorded_at = n.recorded_at AND c.source IS NOT DISTINCT FROM n.source
    AND c.expires_at IS NOT DISTINCT FROM n.expires_at AND c.touchpoint_id IS NOT DISTINCT FROM n.touchpoint_id
    AND c.merge_id IS NOT DISTINCT FROM n.merge_id AND (c.recorded_for = n.recorded_for OR NOT EXISTS (
      SELECT FROM customer_merge m WHERE m.customer_id = n.customer_id AND NOT m.automatic
    ))
)
ORDER BY n.customer_id, n.consent_id
ON CONFLICT (customer_id, consent_id) DO NOTHING
RETURNING customer_id;

-- The later word holds; of two at once the stricter, then the one that ends sooner.
-- name: settle
UPDATE customer_consent c SET holds = NOT c.holds
FROM (
  SELECT s.customer_id, s.consent_id, row_number() OVER (
    PARTITION BY s.customer_id, s.channel, s.purpose
    ORDER BY s.recorded_at DESC, CASE s.status WHEN 'WITHDRAWN' THEN 2 WHEN 'DENIED' THEN 1 ELSE 0 END DESC,
      s.expires_at NULLS LAST, s.source COLLATE "C" DESC NULLS LAST, s.touchpoint_id NULLS FIRST, s.consent_id
  ) = 1 AS wins
  FROM customer_consent s WHERE s.customer_id = ANY ($1::uuid[])
) w
WHERE c.customer_id = ANY ($1::uuid[]) AND c.customer_id = w.customer_id AND c.consent_id = w.consent_id
  AND c.holds <> w.wins;

-- name: holding
SELECT c.customer_id, c.recorded_for, c.channel, c.purpose, c.status, c.source, c.recorded_at, c.expires_at
FROM customer_consent c WHERE c.customer_id = ANY ($1::uuid[]) AND c.holds;
