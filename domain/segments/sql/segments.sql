-- Segments as they are saved, changed and put away.

-- name: create
INSERT INTO segment (segment_id, key, name, description, kind, search_fold, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7);

-- name: at_once
UPDATE segment s SET number = $2, refreshed_at = $3 WHERE s.segment_id = $1;

-- name: update
UPDATE segment s SET key = $2, name = $3, description = $4, search_fold = $5, updated_at = $6 WHERE s.segment_id = $1;

-- name: touched
UPDATE segment s SET updated_at = $2, refreshed_at = $2 WHERE s.segment_id = $1;

-- name: locked
SELECT s.key, s.name, s.description, s.kind, s.number, s.archived_at, v.rule, v.personal FROM segment s
LEFT JOIN LATERAL (
  SELECT v.rule, v.personal FROM segment_version v WHERE v.segment_id = s.segment_id ORDER BY v.number DESC LIMIT 1
) v ON true
WHERE s.segment_id = $1 FOR NO KEY UPDATE OF s;

-- After those who are just naming it in a campaign.
-- name: locked_for_all
SELECT s.segment_id FROM segment s WHERE s.segment_id = $1 FOR UPDATE;

-- Whoever is merged or erased meanwhile is waited for: what they had was moved, or deleted, without what we add.
-- name: whom
SELECT c.merged_into, c.erased_at FROM customer c
WHERE c.customer_id = ANY ($1::uuid[]) ORDER BY c.customer_id FOR NO KEY UPDATE;

-- name: found
SELECT s.kind, s.archived_at FROM segment s WHERE s.segment_id = $1;

-- For the log: the definition stands for the rule, whose values may be personal.
-- name: told
SELECT s.key, s.name, s.description, s.kind, v.masked AS definition FROM segment s
LEFT JOIN LATERAL (
  SELECT CASE WHEN v.personal THEN v.masked ELSE v.definition END AS masked FROM segment_version v WHERE v.segment_id = s.segment_id ORDER BY v.number DESC LIMIT 1
) v ON true
WHERE s.segment_id = $1;

-- name: users
SELECT u.segment_id FROM segment_use u JOIN segment s ON s.segment_id = u.segment_id
WHERE u.named_id = $1 AND s.archived_at IS NULL ORDER BY u.segment_id;

-- name: archive
UPDATE segment s SET archived_at = $2, updated_at = $2 WHERE s.segment_id = $1;

-- name: restore
UPDATE segment s SET archived_at = NULL, updated_at = $2 WHERE s.segment_id = $1;

-- name: list
INSERT INTO segment_listed (customer_id, segment_id, recorded_for, listed_at)
SELECT c, $2::uuid, c, $3::timestamptz FROM unnest($1::uuid[]) AS c
WHERE NOT EXISTS (SELECT FROM segment_listed l WHERE l.customer_id = c AND l.segment_id = $2) ORDER BY c
ON CONFLICT DO NOTHING RETURNING customer_id;

-- name: unlist
DELETE FROM segment_listed l WHERE l.customer_id = ANY ($1::uuid[]) AND l.segment_id = $2 RETURNING l.customer_id;

-- name: named
SELECT s.segment_id, s.name FROM segment s WHERE s.segment_id = ANY ($1::uuid[]) AND s.archived_at IS NULL;

-- name: active
SELECT count(*) FROM segment s WHERE s.archived_at IS NULL;

-- name: give_up
UPDATE segment_version v SET retired_at = $2 FROM segment s
WHERE s.segment_id = $1 AND v.segment_id = $1 AND v.retired_at IS NULL AND v.number IS DISTINCT FROM s.number;

-- name: unused
DELETE FROM segment_use u WHERE u.segment_id = $1;

-- name: uses
INSERT INTO segment_use (segment_id, named_id) SELECT $1::uuid, n FROM unnest($2::uuid[]) AS n ORDER BY n;

-- The newest rules that name a segment.
-- name: naming
SELECT v.number, v.rule FROM segment_use u CROSS JOIN LATERAL (
  SELECT v.number, v.rule FROM segment_version v WHERE v.segment_id = u.segment_id ORDER BY v.number DESC LIMIT 1
) v
WHERE u.named_id = $1 ORDER BY v.number;

-- name: retold
UPDATE segment_version v SET definition = $2, masked = $3 WHERE v.number = $1;

-- name: version
INSERT INTO segment_version (number, segment_id, rule, filter, definition, masked, personal, made_at, inherent)
SELECT (SELECT coalesce(max(v.number), 0) + 1 FROM segment_version v), $1, $2, $3, $4, $5, $6, $7, $8
RETURNING number;

-- Rules are judged and numbered one after the other.
-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtext('segment_version'));
