-- Customers turn out to be one: $1 are gone, $2 whom each becomes part of. Ids keep leading to the survivor.

-- name: tables
SELECT c.relname AS name,
  string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname <> 'customer_id') AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname
HAVING bool_or(a.attname = 'customer_id') AND bool_or(a.attname = 'recorded_for') ORDER BY c.relname COLLATE "C";

-- name: merges
INSERT INTO customer_merge (customer_id, merge_id, gone_id, merged_at, automatic, merged_by, generation)
SELECT j.into_id, j.merge_id, j.gone, $4::timestamptz, $5, $6, coalesce(m.wanted, 0)
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

-- name: gone_marks
DELETE FROM customer_mark m WHERE m.customer_id = ANY ($1::uuid[]);

-- name: touched_again
WITH fact AS (
  SELECT t.customer_id, t.occurred_at AS at, t.source, t.channel, t.campaign_id
  FROM touchpoint t WHERE t.customer_id = ANY ($1::uuid[])
  UNION ALL
  SELECT o.customer_id, o.ordered_at, o.source, o.channel, o.campaign_id
  FROM customer_order o WHERE o.customer_id = ANY ($1::uuid[])
), told AS (
  SELECT f.customer_id, max(f.at) AS last_at FROM fact f GROUP BY f.customer_id
), first AS (
  SELECT DISTINCT ON (f.customer_id) f.* FROM fact f
  ORDER BY f.customer_id, f.at, f.source COLLATE "C", f.channel COLLATE "C", f.campaign_id
)
UPDATE customer c
SET last_touchpoint_at = t.last_at,
  acquisition_at = CASE WHEN n.stated THEN c.acquisition_at ELSE f.at END,
  acquisition_source = CASE WHEN n.stated THEN c.acquisition_source ELSE f.source END,
  acquisition_channel = CASE WHEN n.stated THEN c.acquisition_channel ELSE f.channel END,
  acquisition_campaign_id = CASE WHEN n.stated THEN c.acquisition_campaign_id ELSE f.campaign_id END
FROM (
  SELECT n.customer_id, EXISTS (
      SELECT FROM customer_statement s WHERE s.customer_id = n.customer_id AND s.field = 'acquisition'
    ) AS stated
  FROM unnest($1::uuid[]) AS n (customer_id)
) n
LEFT JOIN told t ON t.customer_id = n.customer_id
LEFT JOIN first f ON f.customer_id = n.customer_id
WHERE c.customer_id = n.customer_id;
