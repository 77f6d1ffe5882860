SELECT year FROM unnest($1::integer[]) AS year
WHERE to_regclass('touchpoint_' || year) IS NULL
ORDER BY year
