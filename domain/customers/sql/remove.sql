-- An identity is taken from a customer: the claim goes with it, so that it can be somebody else's.

-- name: lock
SELECT c.merged_into, c.erased_at FROM customer c WHERE c.customer_id = $1 FOR NO KEY UPDATE;

-- name: identities
SELECT i.kind, i.scope, i.value FROM customer_identity i WHERE i.customer_id = $1;

-- name: identity
DELETE FROM customer_identity i WHERE i.customer_id = $1 AND i.kind = $2 AND i.scope = $3 AND i.value = $4;

-- name: claim
DELETE FROM identity_claim i WHERE i.kind = $1 AND i.scope = $2 AND i.value = $3;

-- name: statements
DELETE FROM customer_statement s WHERE s.customer_id = $1 AND s.field = $2 AND s.value = $3;
