-- Consents of merged customers: what was said, the merges that stand, and the words that these add.

-- name: merged
SELECT n AS customer_id FROM unnest($1::uuid[]) AS n
WHERE EXISTS (SELECT FROM customer_merge m WHERE m.customer_id = n)
  OR EXISTS (SELECT FROM customer_consent c WHERE c.customer_id = n AND c.merge_id IS NOT NULL)
ORDER BY n;

-- name: merges
WITH RECURSIVE part AS (
  SELECT m.* FROM customer_merge m WHERE m.customer_id = $1
  UNION ALL
  SELECT m.* FROM customer_merge m JOIN part p ON m.customer_id = p.gone_id
)
SELECT p.merge_id, p.customer_id, p.gone_id, p.merged_at, p.automatic FROM part p ORDER BY p.merged_at, p.merge_id;

-- name: words
SELECT c.recorded_for, c.channel, c.purpose, c.status, c.source, c.recorded_at, c.expires_at, c.touchpoint_id,
  c.merge_id, c.consent_id
FROM customer_consent c WHERE c.customer_id = $1 ORDER BY c.consent_id;

-- name: take_back
DELETE FROM customer_consent c WHERE c.customer_id = $1 AND c.consent_id = ANY ($2::uuid[]);
