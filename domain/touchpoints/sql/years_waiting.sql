SELECT DISTINCT extract(year FROM occurred_at AT TIME ZONE 'UTC')::integer AS year FROM touchpoint_default
WHERE occurred_at >= make_timestamptz($1, 1, 1, 0, 0, 0, 'UTC')
  AND occurred_at < make_timestamptz($2 + 1, 1, 1, 0, 0, 0, 'UTC')
