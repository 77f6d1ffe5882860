-- Products out of staging ({s}_product), one batch and one round of it: a sku that stands twice is taken in turn.

-- name: rounds
SELECT coalesce(max(n), 0) FROM (
  SELECT count(*) AS n FROM {s}_product WHERE batch = $1 GROUP BY sku
) c;

-- name: batch
CREATE TEMP TABLE t_product ON COMMIT DROP AS
SELECT s.*, p.product_id AS known FROM (
  SELECT *, row_number() OVER (PARTITION BY sku ORDER BY seq) AS turn FROM {s}_product WHERE batch = $1
) s LEFT JOIN product p USING (sku) WHERE s.turn = $2;

-- name: faults
SELECT seq, NULL::integer, 'name', 'REQUIRED', 'is missing: a new product needs a name' FROM t_product
WHERE known IS NULL AND name IS NULL ORDER BY seq;

-- name: unfit
DELETE FROM t_product WHERE known IS NULL AND name IS NULL;

-- name: create
INSERT INTO product (product_id, sku, name, name_fold, kind, category, supplier, price, unit_cost, attributes,
  discontinued_at, created_at, updated_at)
SELECT product_id, sku, name, name_fold, coalesce(kind, 'GOOD'), category, supplier, price::numeric,
  unit_cost::numeric, jsonb_strip_nulls(coalesce(attributes, '{}')::jsonb), discontinued_at, $1, $1
FROM t_product WHERE known IS NULL ORDER BY sku COLLATE "C"
ON CONFLICT (sku) DO NOTHING;

-- name: first_prices
INSERT INTO product_price (product_id, valid_from, price, unit_cost)
SELECT p.product_id, $1::timestamptz, p.price, p.unit_cost FROM t_product t JOIN product p USING (product_id)
WHERE t.known IS NULL AND (p.price IS NOT NULL OR p.unit_cost IS NOT NULL) ORDER BY p.product_id
ON CONFLICT DO NOTHING;

-- name: made_by_others
UPDATE t_product t SET known = p.product_id FROM product p
WHERE t.known IS NULL AND p.sku = t.sku AND p.product_id <> t.product_id;

-- name: lock
SELECT p.product_id FROM product p WHERE p.product_id IN (SELECT t.known FROM t_product t)
ORDER BY p.sku COLLATE "C" FOR NO KEY UPDATE;

-- name: changed
CREATE TEMP TABLE t_changed ON COMMIT DROP AS
SELECT t.seq, n.*, n.price IS DISTINCT FROM p.price OR n.unit_cost IS DISTINCT FROM p.unit_cost AS priced
FROM t_product t
JOIN product p ON p.product_id = t.known
CROSS JOIN LATERAL (
  SELECT p.product_id, coalesce(t.name, p.name) AS name, coalesce(t.name_fold, p.name_fold) AS name_fold,
    coalesce(t.kind, p.kind) AS kind, CASE WHEN t.category_given THEN t.category ELSE p.category END AS category,
    CASE WHEN t.supplier_given THEN t.supplier ELSE p.supplier END AS supplier,
    CASE WHEN t.price_given THEN t.price::numeric ELSE p.price END AS price,
    CASE WHEN t.unit_cost_given THEN t.unit_cost::numeric ELSE p.unit_cost END AS unit_cost,
    jsonb_strip_nulls(p.attributes || coalesce(t.attributes, '{}')::jsonb) AS attributes,
    CASE WHEN t.discontinued_given THEN t.discontinued_at ELSE p.discontinued_at END AS discontinued_at
) n
WHERE (n.name, n.kind, n.category, n.supplier, n.price, n.unit_cost, n.attributes, n.discontinued_at)
  IS DISTINCT FROM
  (p.name, p.kind, p.category, p.supplier, p.price, p.unit_cost, p.attributes, p.discontinued_at);

-- name: update
UPDATE product p SET name = c.name, name_fold = c.name_fold, kind = c.kind, category = c.category,
  supplier = c.supplier, price = c.price, unit_cost = c.unit_cost, attributes = c.attributes,
  discontinued_at = c.discontinued_at, updated_at = $1
FROM t_changed c WHERE p.product_id = c.product_id;

-- name: next_prices
INSERT INTO product_price (product_id, valid_from, price, unit_cost)
SELECT c.product_id, $1::timestamptz, c.price, c.unit_cost FROM t_changed c WHERE c.priced ORDER BY c.product_id
ON CONFLICT (product_id, valid_from) DO UPDATE SET price = excluded.price, unit_cost = excluded.unit_cost;

-- name: told
SELECT t.seq, CASE WHEN t.known IS NULL THEN 'CREATED' WHEN c.seq IS NULL THEN 'DUPLICATE' ELSE 'UPDATED' END,
  coalesce(t.known, t.product_id)
FROM t_product t LEFT JOIN t_changed c USING (seq);

-- name: size
SELECT count(*) FROM t_product;

-- name: done
DROP TABLE t_product, t_changed;
