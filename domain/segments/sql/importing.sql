-- Lists out of staging ({s}_member), one batch: who is put on them, and who is taken off.

-- Lists that are named: nobody edits them from here on. They stay lists, whatever else is changed.
-- name: turns
SELECT n.segment_id, pg_advisory_xact_lock_shared(hashtextextended('segment ' || n.segment_id::text, 0))
FROM (
  SELECT s.segment_id FROM segment s
  WHERE s.kind = 'STATIC' AND (
    s.segment_id IN (SELECT m.segment FROM {s}_member m WHERE m.batch = $1)
    OR s.key IN (SELECT m.segment_key FROM {s}_member m WHERE m.batch = $1)
  ) ORDER BY s.segment_id OFFSET 0
) n;

-- What each row names, as it is now: `found` whom, `customer_id` who that is since a merge.
-- name: batch
CREATE TEMP TABLE t_row ON COMMIT DROP AS
SELECT m.seq, m.remove, m.customer, m.kind, m.scope, m.value,
  coalesce(s.segment_id, k.segment_id) AS segment_id, coalesce(s.kind, k.kind) AS segment_kind,
  coalesce(s.archived_at, k.archived_at) IS NOT NULL AS archived,
  c.found, coalesce(a.survivor_id, c.found) AS customer_id
FROM {s}_member m
LEFT JOIN segment s ON s.segment_id = m.segment
LEFT JOIN segment k ON k.key = m.segment_key
LEFT JOIN identity_claim i ON m.customer IS NULL AND i.value = m.value AND i.kind = m.kind AND i.scope = m.scope
CROSS JOIN LATERAL (SELECT coalesce(m.customer, i.customer_id) AS found OFFSET 0) c
LEFT JOIN customer_alias a ON a.customer_id = c.found
WHERE m.batch = $1;

-- Lists that were called otherwise when turns were taken ($1: those whose turn is ours).
-- name: renamed
SELECT count(*) FROM t_row r WHERE r.segment_kind = 'STATIC' AND r.segment_id <> ALL ($1::uuid[]);

-- name: unknown
SELECT DISTINCT r.kind, r.scope, r.value FROM t_row r WHERE r.found IS NULL;

-- One of each row: the first that a person would put right. $1 to $3: identities of those who were erased.
-- name: faults
SELECT r.seq, CASE
    WHEN r.segment_id IS NULL THEN 'no segment'
    WHEN r.segment_kind <> 'STATIC' THEN r.segment_kind
    WHEN r.archived THEN 'archived'
    WHEN e.value IS NOT NULL THEN 'erased identity'
    WHEN r.found IS NULL THEN 'no identity'
    WHEN c.customer_id IS NULL THEN 'no customer'
    ELSE 'erased'
  END AS fault
FROM t_row r LEFT JOIN customer c ON c.customer_id = r.customer_id
LEFT JOIN unnest($1::text[], $2::text[], $3::text[]) AS e (kind, scope, value)
  ON r.found IS NULL AND e.value = r.value AND e.kind = r.kind AND e.scope = r.scope
WHERE r.segment_id IS NULL OR r.segment_kind <> 'STATIC' OR r.archived OR c.customer_id IS NULL
  OR c.erased_at IS NOT NULL
ORDER BY r.seq;

-- name: unfit
DELETE FROM t_row r WHERE r.seq = ANY ($1::bigint[]);

-- name: size
SELECT count(*) FROM t_row;

-- In the order of their ids: who is merged or erased meanwhile is waited for, and of whom it was done, or undone, since
-- they were looked up is told. Who was merged is locked too: a merge that is undone would lead elsewhere.
-- name: lock
SELECT count(*) FILTER (WHERE l.moved) FROM (
  SELECT c.merged_into IS DISTINCT FROM w.expected OR c.erased_at IS NOT NULL AS moved
  FROM (
    SELECT r.found AS customer_id, r.customer_id AS expected FROM t_row r WHERE r.found <> r.customer_id
    UNION SELECT r.customer_id, NULL FROM t_row r
  ) w JOIN customer c USING (customer_id) ORDER BY c.customer_id FOR NO KEY UPDATE OF c
) l;

-- Of each customer and list the last row holds. `listed`: on it so far.
-- name: last
CREATE TEMP TABLE t_last ON COMMIT DROP AS
SELECT DISTINCT ON (r.customer_id, r.segment_id) r.customer_id, r.segment_id, r.remove, EXISTS (
  SELECT FROM segment_listed l WHERE l.customer_id = r.customer_id AND l.segment_id = r.segment_id
) AS listed
FROM t_row r ORDER BY r.customer_id, r.segment_id, r.seq DESC;

-- name: list
INSERT INTO segment_listed (customer_id, segment_id, recorded_for, listed_at)
SELECT l.customer_id, l.segment_id, l.customer_id, $1::timestamptz FROM t_last l
WHERE NOT l.remove AND NOT l.listed ORDER BY l.customer_id, l.segment_id;

-- What came along with somebody who was merged goes too.
-- name: unlist
DELETE FROM segment_listed d USING t_last l
WHERE d.customer_id = l.customer_id AND d.segment_id = l.segment_id AND l.remove;

-- name: changed
SELECT l.customer_id, l.segment_id FROM t_last l WHERE l.remove = l.listed ORDER BY l.customer_id, l.segment_id;

-- Together with those whose members are to be counted, in the order of their ids as by all who count.
-- name: lock_lists
SELECT s.segment_id FROM segment s
WHERE s.segment_id = ANY ($1::uuid[])
  OR s.segment_id IN (SELECT v.segment_id FROM segment_version v WHERE v.number = ANY ($2::bigint[]))
ORDER BY s.segment_id FOR NO KEY UPDATE;

-- name: touched
UPDATE segment s SET updated_at = $2, refreshed_at = $2 WHERE s.segment_id = ANY ($1::uuid[]);
