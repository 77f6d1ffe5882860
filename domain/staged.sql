-- What a deed leaves in its session.

-- name: made
SELECT c.relname FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r'
  AND c.relname NOT LIKE 'kept\_%';
