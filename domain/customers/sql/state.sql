-- What is said of customers becomes statements.

-- What is said without a date is later than what was said before it in the same instant, by the same request ($9: how
-- far ahead what holds may be dated; who says something now says it after all of that).
-- What is said without a date and holds already is nothing new, nor what was said before of one who was joined since.
-- Where somebody merged them it is: undone, it is to be there for whom it was said.
-- Of two words of one source at one moment the greater text stays, as if both were there; and one that was stated
-- outright stays where a touchpoint taught the same.
-- name: state
WITH said AS (
  SELECT n.customer_id, n.recorded_for, n.field, n.source, n.undated, n.touchpoint_id, n.value::jsonb AS value,
    CASE WHEN n.undated THEN greatest(n.recorded_at, (
      SELECT max(h.recorded_at) + interval '1 microsecond' FROM customer_statement h
      WHERE h.customer_id = n.customer_id AND h.field = n.field
        AND h.recorded_at >= n.recorded_at AND h.recorded_at < n.recorded_at + $9::interval
    )) ELSE n.recorded_at END AS recorded_at
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::boolean[], $7::uuid[], $8::text[])
    AS n (customer_id, recorded_for, field, recorded_at, source, undated, touchpoint_id, value)
), told AS (
  SELECT DISTINCT ON (n.customer_id, n.field, n.recorded_at, n.source, n.recorded_for) n.*
  FROM said n
  ORDER BY n.customer_id, n.field, n.recorded_at, n.source, n.recorded_for, n.value::text COLLATE "C" DESC,
    n.touchpoint_id NULLS FIRST
)
INSERT INTO customer_statement AS s (customer_id, field, recorded_at, source, recorded_for, value, touchpoint_id)
SELECT n.customer_id, n.field, n.recorded_at, n.source, n.recorded_for, n.value, n.touchpoint_id
FROM (
  SELECT t.*, EXISTS (
      SELECT FROM customer_merge m WHERE m.customer_id = t.customer_id AND NOT m.automatic
    ) AS merged
  FROM told t
) n
WHERE NOT (n.undated AND (
    SELECT h.value = n.value AND (h.recorded_for = n.recorded_for OR NOT n.merged) FROM customer_statement h
    WHERE h.customer_id = n.customer_id AND h.field = n.field
    ORDER BY h.recorded_at DESC, h.source COLLATE "C" DESC, h.value::text COLLATE "C" DESC LIMIT 1
  ) IS TRUE)
  AND (n.merged OR NOT EXISTS (
    SELECT FROM customer_statement h
    WHERE h.customer_id = n.customer_id AND h.field = n.field AND h.recorded_at = n.recorded_at
      AND h.source = n.source AND h.recorded_for <> n.recorded_for AND h.value = n.value
      AND (h.touchpoint_id IS NULL OR n.touchpoint_id IS NOT NULL)
  ))
ORDER BY n.customer_id, n.field, n.recorded_at, n.source, n.recorded_for
ON CONFLICT (customer_id, field, recorded_at, source, recorded_for) DO UPDATE
SET value = excluded.value, touchpoint_id = excluded.touchpoint_id
WHERE excluded.value::text COLLATE "C" > s.value::text COLLATE "C"
  OR (excluded.value = s.value AND excluded.touchpoint_id IS NULL AND s.touchpoint_id IS NOT NULL)
RETURNING customer_id;

-- Fields of customers that sources have stated, each with whether it was this source. Which identity is to be used is
-- for who brought one of the kind.
-- name: stated_by
SELECT DISTINCT s.customer_id, s.field, s.source = $2 AS own FROM customer_statement s
WHERE s.customer_id = ANY ($1::uuid[])
UNION
SELECT i.customer_id, 'primary.' || i.kind, false FROM customer_identity i
WHERE i.customer_id = ANY ($1::uuid[]) AND i.source IS DISTINCT FROM $2;
