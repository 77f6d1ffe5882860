-- Declared attributes: what is declared, and what becomes of values that are there.

-- name: declared
SELECT d.name, d.type, d.personal, d.description FROM attribute_declaration d WHERE d.name = $1 FOR UPDATE;

-- name: declare
INSERT INTO attribute_declaration (name, type, personal, description, declared_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE
SET type = excluded.type, personal = excluded.personal, description = excluded.description;

-- name: in_use
SELECT EXISTS (SELECT FROM customer_attribute a WHERE a.name = $1);

-- Customers whose attribute was there before anybody declared it.
-- name: undeclared
SELECT c.customer_id FROM customer c WHERE c.personal_attributes ? $1 ORDER BY c.customer_id FOR NO KEY UPDATE;

-- name: holders
SELECT c.customer_id FROM customer c
WHERE c.customer_id IN (SELECT a.customer_id FROM customer_attribute a WHERE a.name = $1)
ORDER BY c.customer_id FOR NO KEY UPDATE;
