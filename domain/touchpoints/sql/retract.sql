-- A touchpoint is taken back. Everything of one customer is asked for by the customer's id.

-- name: named
SELECT t.customer_id, t.occurred_at FROM touchpoint t
WHERE t.touchpoint_id = $1 AND ($2::text IS NULL OR t.source = $2);

-- name: lock
SELECT c.merged_into, c.erased_at FROM customer c WHERE c.customer_id = $1 FOR NO KEY UPDATE;

-- name: fact
SELECT t.channel, t.kind, t.source, t.external_id, t.subject, t.order_id, t.contact_id
FROM touchpoint t WHERE t.customer_id = $1 AND t.occurred_at = $2 AND t.touchpoint_id = $3;

-- name: claims
SELECT k.claim_key FROM touchpoint_claim k WHERE k.touchpoint_id = $1 ORDER BY k.claim_key FOR UPDATE;

-- name: free
DELETE FROM touchpoint_claim k WHERE k.claim_key = ANY ($1::uuid[]);

-- Its feed delivers it again and shall not bring it back: the claim stays, of nobody and of no time.
-- name: mark
UPDATE touchpoint_claim k SET customer_id = '00000000-0000-0000-0000-000000000000', occurred_at = 'epoch'
WHERE k.claim_key = ANY ($1::uuid[]);

-- name: delete
DELETE FROM touchpoint t WHERE t.customer_id = $1 AND t.occurred_at = $2 AND t.touchpoint_id = $3;
