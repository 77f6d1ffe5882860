-- Customers turn out to be one: $1 are gone, $2 whom each becomes part of. Ids keep leading to the survivor.

-- name: tables
SELECT c.relname AS name,
  string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname <> 'customer_id') AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname
HAVING bool_or(a.attname = 'customer_id') AND bool_or(a.attname = 'recorded_for') ORDER BY c.relname COLLATE "C";

-- A merge that somebody asked for comes after every consent that is known: its own words are to hold.
-- name: merges
INSERT INTO customer_merge (customer_id, merge_id, gone_id, merged_at, automatic, merged_by, generation)
SELECT j.into_id, j.merge_id, j.gone, greatest($4::timestamptz, CASE WHEN NOT $5 THEN (
    SELECT max(c.recorded_at) + interval '1 microsecond' FROM customer_consent c
    WHERE c.customer_id = ANY ($1::uuid[] || $2::uuid[])
  ) END), $5, $6, coalesce(m.wanted, 0)
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS j (gone, into_id, merge_id)
LEFT JOIN customer_mark m ON m.customer_id = j.gone ORDER BY j.gone;

-- name: alias
INSERT INTO customer_alias (customer_id, survivor_id, merged_at)
SELECT j.gone, j.into_id, $3::timestamptz FROM unnest($1::uuid[], $2::uuid[]) AS j (gone, into_id) ORDER BY j.gone;

-- name: aliases
UPDATE customer_alias a SET survivor_id = j.into_id
FROM unnest($1::uuid[], $2::uuid[]) AS j (gone, into_id) WHERE a.survivor_id = j.gone;

-- name: merged
UPDATE customer c SET merged_into = a.survivor_id, updated_at = $2
FROM customer_alias a WHERE a.survivor_id = ANY ($1::uuid[]) AND c.customer_id = a.customer_id
  AND c.merged_into IS DISTINCT FROM a.survivor_id;

-- name: gone_scores
DELETE FROM customer_score s WHERE s.customer_id = ANY ($1::uuid[]);

-- name: gone_summaries
DELETE FROM customer_summary s WHERE s.customer_id = ANY ($1::uuid[]);

-- name: gone_advice
DELETE FROM customer_next_action n WHERE n.customer_id = ANY ($1::uuid[]);

-- name: gone_tallies
DELETE FROM customer_tally t WHERE t.customer_id = ANY ($1::uuid[]);

-- name: gone_marks
DELETE FROM customer_mark m WHERE m.customer_id = ANY ($1::uuid[]);
