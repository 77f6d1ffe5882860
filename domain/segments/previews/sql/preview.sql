-- Of previews: how many customers there are, and some drawn at random; and whose preview runs where.

-- name: customers
SELECT count(*) AS n FROM customer c WHERE c.merged_into IS NULL AND c.erased_at IS NULL;

-- As the planner believes: as dense as it was when it was last looked at, over the pages that there are now.
-- name: believed
SELECT (CASE WHEN c.reltuples > 0 AND c.relpages > 0 THEN c.reltuples / c.relpages ELSE 16 END
  * (pg_relation_size(c.oid) / current_setting('block_size')::bigint))::bigint AS n
FROM pg_class c WHERE c.oid = 'customer'::regclass;

-- Each with the same chance, $1 in a hundred; of the same seed the same.
-- name: drawn
SELECT c.customer_id FROM customer c TABLESAMPLE BERNOULLI ($1) REPEATABLE ($2)
WHERE c.merged_into IS NULL AND c.erased_at IS NULL;

-- Whoever marks, unmarks or cancels a caller's preview does it alone.
-- name: alone
SELECT pg_advisory_xact_lock($1);

-- name: running
SELECT a.pid, a.application_name AS mark FROM pg_stat_activity a
WHERE a.datname = current_database() AND starts_with(a.application_name, $1) AND a.pid <> pg_backend_pid();

-- name: cancel
SELECT pg_cancel_backend($1);

-- How long the next statement may take; and whether a newer preview of the same caller has come: a cancellation that
-- came between two statements is forgotten.
-- name: step
SELECT starts_with(m.own, 'rapport preview ') AND EXISTS (
  SELECT FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name > m.own
  AND starts_with(a.application_name, left(m.own, length('rapport preview 0123456789abcdef ')))
) AS superseded, set_config('statement_timeout', $1, false)
FROM (SELECT current_setting('application_name') AS own) m;

-- After those that run, also where the clock was put back meanwhile.
-- name: mark
SELECT set_config('application_name', $1 || lpad(greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  max(right(a.application_name, 16)::bigint) + 1)::text, 16, '0'), false)
FROM pg_stat_activity a
WHERE a.datname = current_database() AND starts_with(a.application_name, $1) AND a.pid <> pg_backend_pid();
