-- What there is of a customer ($1) whom another ($2) was just merged into; what they did stands with each of them.

-- name: counts
SELECT (SELECT count(*) FROM touchpoint t WHERE t.customer_id = ANY ($1::uuid[])),
  (SELECT count(*) FROM customer_order o WHERE o.customer_id = ANY ($1::uuid[]));

-- name: fields
WITH RECURSIVE gone AS (
  SELECT $2::uuid AS customer_id
  UNION
  SELECT m.gone_id FROM customer_merge m JOIN gone g ON g.customer_id = m.customer_id
)
SELECT w.field, w.value, w.recorded_for IN (SELECT g.customer_id FROM gone g) AS from_gone,
  d.name IS NOT NULL AS open_attribute
FROM (
  SELECT DISTINCT ON (s.field) s.field, s.value, s.recorded_for FROM customer_statement s WHERE s.customer_id = $1
  ORDER BY s.field, s.recorded_at DESC, s.source COLLATE "C" DESC, s.value::text COLLATE "C" DESC,
    s.touchpoint_id NULLS FIRST, s.recorded_for
) w
LEFT JOIN attribute_declaration d ON w.field = 'attributes.' || d.name AND NOT d.personal
ORDER BY w.field COLLATE "C";
