-- Campaigns as they are said and changed.

-- name: create
INSERT INTO campaign (campaign_id, key, name, search_fold, status, randomised, goal, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'DRAFT', true, $5, $6, $6);

-- name: locked
SELECT c.* FROM campaign c WHERE c.campaign_id = $1 FOR NO KEY UPDATE;

-- name: said
UPDATE campaign c SET key = $2, name = $3, search_fold = $4, goal = $5, steps = $6, variants = $7, offer = $8,
  holdout_share = $9, response_kind = $10, response_product_id = $11, response_window = $12, frequency_cap = $13,
  budget = $14, fixed_cost = $15, randomised = $16, starts_at = $17, ends_at = $18, updated_at = $19
WHERE c.campaign_id = $1;

-- name: uses
SELECT u.segment_id, u.excluded FROM campaign_segment u WHERE u.campaign_id = $1 ORDER BY u.segment_id;

-- name: unuse
DELETE FROM campaign_segment u WHERE u.campaign_id = $1;

-- name: use
INSERT INTO campaign_segment (campaign_id, segment_id, excluded)
SELECT $1::uuid, n.segment_id, n.excluded FROM unnest($2::uuid[], $3::boolean[]) AS n (segment_id, excluded) ORDER BY 2;

-- Locked, so that none is put away meanwhile; who counts its members goes on.
-- name: segments
SELECT s.segment_id FROM segment s WHERE s.segment_id = ANY ($1::uuid[]) AND s.archived_at IS NULL
ORDER BY s.segment_id FOR KEY SHARE;

-- name: products
SELECT p.product_id FROM product p WHERE p.product_id = ANY ($1::uuid[]);

-- name: was_sent
SELECT EXISTS (SELECT FROM campaign_contact c WHERE c.campaign_id = $1)
  OR EXISTS (SELECT FROM touchpoint t WHERE t.campaign_id = $1 AND t.kind = 'CAMPAIGN_SENT');
