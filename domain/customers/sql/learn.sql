-- What retracted touchpoints taught is taken back.

-- name: statements
DELETE FROM customer_statement s WHERE s.customer_id = ANY ($1::uuid[]) AND s.touchpoint_id = ANY ($2::uuid[]);

-- name: consents
DELETE FROM customer_consent c WHERE c.customer_id = ANY ($1::uuid[]) AND c.touchpoint_id = ANY ($2::uuid[]);
